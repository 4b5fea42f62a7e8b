#!/bin/sh
# Installs the pinned requirements into a virtual environment of this folder.
set -eu
cd "$(dirname "$0")"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
