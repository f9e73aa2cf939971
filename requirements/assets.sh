#!/usr/bin/env bash
# Front-end assets from the lockfile into hotline/static/vendor; nothing is loaded from elsewhere.
set -eu
cd "$(dirname "$0")/.."
if command -v npm >/dev/null 2>&1; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
else
  # No Node.js here: a Python package brings one.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/node.txt
  PATH="$PWD/.venv/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi
mkdir -p hotline/static/vendor
cp node_modules/htmx.org/dist/htmx.min.js hotline/static/vendor/htmx.min.js
