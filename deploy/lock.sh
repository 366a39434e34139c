#!/bin/sh
# Writes the two lock files anew from pyproject.toml: exact versions and hashes, no addresses. Needs uv.
# What runs is what was tested: the first lock takes its versions from the second, which also holds the tools' wishes.
set -eu
cd "$(dirname "$0")/.."
lock() { uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --quiet --upgrade "$@"; }
lock --group dev --extra fast --output-file tests/requirements.lock
lock --group build --constraint tests/requirements.lock --output-file deploy/requirements.lock
