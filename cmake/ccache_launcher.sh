#!/bin/sh
# Runs a compiler under ccache: ccache_launcher.sh SOURCE_DIR COMPILER ARGUMENTS...
# The ccache manual, "Precompiled headers": it needs pch_defines and time_macros to trust them (and
# -fpch-preprocess), and takes them by a checksum beside them, if there is one, instead of reading
# hundreds of megabytes for each file. "Compiling in different directories": paths below SOURCE_DIR
# are hashed relative to it, so that what one checkout has compiled serves another. "The depend mode":
# what the compiler lists as read (-MD) is hashed, and nothing is preprocessed first.
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
export CCACHE_BASEDIR="$1"
shift
ccache "$@" || exit
while [ $# -gt 1 ]; do
  case "$1 $2" in "-o "*.gch) sha256sum <"$2" >"$2.sum" ;; esac
  shift
done
