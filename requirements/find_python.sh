#!/usr/bin/env bash
# Prints a working interpreter of the version asked for: from PATH, pyenv, or `uv python install`.
set -u
version="$1"

works() { [ "$("$1" -c 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]; }

# A pyenv shim may stand on PATH without being able to run: each one is tried.
for found in $(type -aP "python$version" 2>/dev/null) $(type -aP python3 2>/dev/null); do
  works "$found" && { echo "$found"; exit 0; }
done
for found in $(ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python 2>/dev/null | sort -rV); do
  works "$found" && { echo "$found"; exit 0; }
done
if command -v uv >/dev/null 2>&1; then
  uv python install "$version" >&2 && found="$(uv python find "$version" 2>/dev/null)" &&
    works "$found" && { echo "$found"; exit 0; }
fi
echo "Python $version is needed and was not found. Install one of:" >&2
echo "  Debian/Ubuntu: apt-get install python$version python$version-venv (where the release has it)" >&2
echo "  pyenv:         pyenv install $version" >&2
echo "  uv:            uv python install $version" >&2
exit 1
