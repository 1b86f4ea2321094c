#!/usr/bin/env bash
# smoke.sh BENCH [NAME…]: runs the benches that are named at a tiny size, and looks at the form of what
# they say, never at the figures. Without a name all but one: `pool` starts a dozen processes and waits
# for consensus a quarter of a minute, and is for the night.
set -euo pipefail
bench=$1
names=("${@:2}")
if [ ${#names[@]} = 0 ]; then
  mapfile -t names < <("$bench" list | awk '$1 != "pool" {print $1}')
fi
[ ${#names[@]} -gt 0 ]
for name in "${names[@]}"; do
  status=0
  lines=$("$bench" "$name" --json --reps 1 --seconds 0.02 --records 3000 --txns 200 --blocks 10 \
    --heights 10 --l1-heads 1) || status=$?
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
