#!/bin/sh
# Makes sure that there is a Chromium for the browser tests: an installed one, else the package
# manager's, else Playwright's. The first argument is the folder of the environment's programs.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq chromium fonts-dejavu-core >/dev/null && exit 0
fi
"$1/playwright" install chromium
