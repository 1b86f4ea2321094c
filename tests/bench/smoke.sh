#!/usr/bin/env bash
# Runs every bench at a tiny size and looks at the form of what it says, never at the figures.
set -euo pipefail
bench=$1
names=$("$bench" list | awk '{print $1}')
[ -n "$names" ]
for name in $names; do
  status=0
  lines=$("$bench" "$name" --json --reps 1 --seconds 0.02 --records 3000 --txns 200 --blocks 10) || status=$?
  if [ "$status" = 9 ]; then
    echo "skipped: no directory on a disk"
    exit 77
  fi
  [ "$status" = 0 ]
  [ -n "$lines" ]
  while read -r line; do
    for key in bench case value unit bound bound_name ratio; do
      [[ $line == *"\"$key\":"* ]] || { echo "$name: no $key in $line"; exit 1; }
    done
  done <<<"$lines"
done
