#!/usr/bin/env bash
# Tries a commit on a Debian 12 that has nothing but its base: debian.sh [--user] ROOT [COMMAND...]
#
# As root, on a Debian with debootstrap. ROOT is a directory; where it is not there, Debian's base
# is put into it, from the mirror that this machine's apt uses. COMMAND (./check, if none is given)
# is run there by root, or with --user by an ordinary user who may use sudo, in a clone of this
# repository at the commit that is checked out. A ROOT and a clone that are there stay as they are,
# so that one command finds what another has left.
#
# What is mounted in ROOT (/proc, /sys, terminals, shared memory; nothing of this machine's files)
# is mounted in a namespace of the trial's own, which goes with its last process however that ends.
# Nothing here deletes anything: `rm -rf --one-file-system ROOT` does, once the trial has ended.
set -euo pipefail
say() { printf '%s\n' "$*" >&2; }

# The processes of the trial end with it.
[[ ${1-} == --within ]] ||
  exec unshare --mount --pid --fork --kill-child "${BASH_SOURCE[0]}" --within "$@"
shift
user=root home=/root
if [[ ${1-} == --user ]]; then
  user=someone home=/home/someone
  shift
fi
if [[ $# == 0 || $1 == -* || $(id -u) != 0 ]]; then
  say "usage, as root: debian.sh [--user] ROOT [COMMAND...]"
  exit 2
fi
root=$(realpath -m "$1")
shift
(($#)) || set -- ./check
repository=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)

proxies=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [[ -z ${!name-} ]] || proxies+=("$name=${!name}")
done
# inside USER COMMAND...: with the environment of one who has just logged in.
inside() {
  local who=$1 at=$home
  [[ $who != root ]] || at=/root
  shift
  chroot --userspec="$who:$who" "$root" /usr/bin/env -i "${proxies[@]}" HOME="$at" USER="$who" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    TERM="${TERM:-dumb}" "$@"
}

apt_knows() { apt-get indextargets --format "$1" "Created-By: Packages" "Origin: Debian"; }

make_root() {
  local mirror file
  mirror=$(apt_knows '$(RELEASE) $(REPO_URI)' | sed -n 's/^bookworm //p' | head -n 1)
  if [[ -z $mirror ]]; then
    say "this machine's apt knows no mirror of Debian 12; perhaps after apt-get update"
    exit 1
  fi
  say "putting Debian's base into $root"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >&2
  apt_knows 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' | grep ' bookworm' \
    >"$root/etc/apt/sources.list"
  # What it takes from here to get at mirrors and registries.
  apt-config dump | grep -E '^Acquire::(https?|Check)' >"$root/etc/apt/apt.conf.d/80machine" || true
  for file in /etc/resolv.conf /etc/hosts /etc/npmrc /usr/etc/npmrc /etc/pip.conf; do
    [[ ! -f $file ]] || install -D -m 644 "$file" "$root$file"
  done
  cp -rL /usr/local/share/ca-certificates "$root/usr/local/share/"
  inside root update-ca-certificates >&2
  touch "$root/etc/horae-trial"
}

mount_kernel() {
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
}

make_user() {
  say "making a user who may use sudo"
  inside root apt-get update >&2
  inside root apt-get install -y --no-install-recommends sudo >&2
  inside root useradd --create-home --shell /bin/bash "$user"
  echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
}

if [[ ! -e $root ]]; then make_root
elif [[ ! -f $root/etc/horae-trial ]]; then
  say "$root is there, and is no root that was made here to its end"
  exit 1
fi
mount_kernel
inside root id "$user" >/dev/null 2>&1 || make_user
clone=$root$home/horae
if [[ ! -e $clone ]]; then
  # Links would have the owner of this repository's own files changed with the clone's.
  git clone --quiet --no-hardlinks "$repository" "$clone"
  inside root chown -R "$user:$user" "$home/horae"
fi
say "as $user in $clone: $*"
cd /
inside "$user" bash -c 'cd ~/horae && "$@"' bash "$@"
