"""The colours and spectra of image sets."""
