#!/usr/bin/env bash
# prepare.sh FOLDER: put kube-web-view and what it needs, for the Python of Debian 13, under FOLDER/site.
# $PYTHON is a Python with pip; nothing is run or compiled, and every file must have its hash in requirements.txt.
set -euo pipefail

"${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile \
  --only-binary=:all: --python-version 3.13 --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 \
  --target "$1/site" --requirement "$(dirname "$0")/requirements.txt"
