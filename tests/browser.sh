#!/bin/sh
# Gets what the browser tests need: browsers, fonts, Java and npm's packages; what is there already
# stays. The first argument is the folder of the environment's programs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

missing() { for name in "$@"; do command -v "$name" >/dev/null && return 1; done; return 0; }

wanted=
missing chromium chromium-browser google-chrome && wanted="$wanted chromium fonts-dejavu-core"
missing firefox-esr firefox && wanted="$wanted firefox-esr"
missing java && wanted="$wanted default-jre-headless"
missing npm && wanted="$wanted nodejs npm"
shell=chromium-headless-shell  # opens pages in half the time; not every system has it
if { [ -n "$wanted" ] || missing $shell; } && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq || [ -z "$wanted" ]
  if missing $shell && apt-cache show $shell >/dev/null 2>&1; then wanted="$wanted $shell"; fi
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $wanted >/dev/null
fi
if missing chromium chromium-browser google-chrome; then "$1/playwright" install chromium; fi
if ! missing npm; then
  cd "$here/browser"  # with --prefix, npm would not read the machine's settings
  npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
fi
