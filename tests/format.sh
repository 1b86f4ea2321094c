#!/usr/bin/env bash
# Fails where clang-format would write something else; skipped (77) without it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v clang-format >/dev/null; then
  echo "skipped: clang-format is not installed"
  exit 77
fi
mapfile -t files < <(find core events storage edges duties telemetry actors node tools tests -name '*.[ch]pp')
clang-format --dry-run -Werror "${files[@]}"
echo "${#files[@]} files"
