// A page of docs/, followed step by step: its ```sh blocks are run in their order in an empty directory,
// in the terminals that they name (```sh terminal=1), and none may fail. Only ports are others; a block
// for one's eyes (a live screen) is a plain one, and is not typed.
// Readers follow one page after the other on one machine: none stops what it did not start, uses a
// directory of another page's, leaves anything beside data/, which git ignores, or ends without
// saying how its programs end.
//   node guides.mjs DIRECTORY_OF_THE_BINARIES PAGE…    (several: one after the other in one clone)
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { free_port, is_free } from "./anvil.mjs";
import {
  check, children_of, equal, make_home, none_left, ok, Program, root, test, until,
} from "./network.mjs";

const [bin, ...pages] = process.argv.slice(2);
const npm = (name) => join(root, "node_modules/@foundry-rs", name, "bin");
const env = {
  ...process.env,
  PATH: `${bin}:${npm("cast-linux-amd64")}:${npm("anvil-linux-amd64")}:${process.env.PATH}`,
};

/** The blocks that are to be typed: the terminal (3 where none is named), the text, and whether nothing is
 *  said between it and the one before. */
function blocks_of(text) {
  let end = 0;
  return [...text.matchAll(/^```sh(?: terminal=(\d))?\n([\s\S]*?)^```$/gm)]
    .map(({ 0: whole, 1: terminal = "3", 2: block, index }) => {
      const at_once = text.slice(end, index).trim() === "";
      end = index + whole.length;
      return { terminal, block, at_once };
    })
    .filter(({ block }) => !block.includes("set_up ")); // the binaries are built
}

const text_of = (name) => readFileSync(join(root, "docs", name), "utf8");

/** All that a page has in blocks, typed by the test or not. */
const code_of = (text) => [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```$/gm)].map(([, it]) => it).join("");

/** The directories of data/ that a page makes; data/dev is `./run`'s, and every page's. */
const directories_of = (text) => new Set(
  [...code_of(text).matchAll(/\bdata\/([\w.-]+)/g)].map(([, name]) => name)
    .filter((name) => name !== "dev"));

/** What can be seen of a page without following it. */
function gets_along(name, text) {
  check(!/\b(pkill|killall)\b/.test(text), "it stops no processes by their name");
  const mine = directories_of(text);
  for (const other of readdirSync(join(root, "docs"))) {
    if (other === name || !other.endsWith(".md")) continue;
    const common = [...directories_of(text_of(other))].filter((each) => mine.has(each));
    if (common.length > 0) throw new Error(`${name} and ${other} both use data/${common}`);
  }
  ok("its directories are no other page's");
  const after = text.slice(text.lastIndexOf("```sh terminal="));
  check(after.includes("`Ctrl-C`"), "it says how what it started is ended", after);
}

/** An empty directory in which what a clone has built is where the pages say. */
function make_clone() {
  const home = make_home();
  mkdirSync(join(home, "build/release"), { recursive: true });
  symlinkSync(bin, join(home, "build/release/bin"));
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  return home;
}

/** The beginning of four ports, to be ended by 1 to 4, that are all free. */
async function free_four() {
  for (;;) {
    // Below those that the system gives away by itself.
    const beginning = 1100 + Math.floor(Math.random() * 2000);
    const free = await Promise.all([1, 2, 3, 4].map((last) => is_free(10 * beginning + last)));
    if (free.every(Boolean)) return beginning;
  }
}

/** A block with ports that are free instead of those that the pages name. */
async function with_free_ports() {
  const ports = Object.fromEntries(await Promise.all(
    [8545, 8560, 9545].map(async (port) => [port, await free_port()])));
  const fours = {};
  for (const beginning of [854, 856, 857, 2665, 2666, 2667]) fours[beginning] = await free_four();
  return (block) => block
    .replace(/\b(854|856|857|2665|2666|2667)(?=\$i|[1-4]\b)/g, (beginning) => fours[beginning])
    .replace(/^\.\/run\b/m, "horae dev")
    .replace(/^((?:\S*\/)?horae dev) ?(.*)$/m, "exec $1 --l1-port 0 --l2-port 0 --ops-port 0 $2")
    .replace(/^(?:\S*\/)?horae run .*$/m, "exec $&")
    .replace(/^\$\(.* --port \d+$/m, "exec $&")
    .replace(/^horae init (\S+)/m, `$& --rpc-port ${ports[8545]} --ops-port ${ports[8560]}`)
    .replace(/(127\.0\.0\.1:|--port )(8545|8560|9545)/g, (_, before, port) => before + ports[port]);
}

// What a program says once the next step can be taken.
const READY = new RegExp("JSON-RPC on |dev network is ready|is ready, without its node|Listening on |" +
                         "waiting for members");

/** A shell that is typed into. */
class Shell {
  constructor(cwd) {
    this.program = new Program("a terminal", "bash", ["--norc"],
                               { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    this.typed = 0;
  }
  /** Runs a block to its end; fails with the first command that fails. */
  async type(block) {
    const mark = `@@${++this.typed}`;
    const before = this.program.said.length;
    this.program.process.stdin.write(
      `set -euo pipefail\ntrap 'echo "${mark} failed: $BASH_COMMAND"' ERR\n${block}\n` +
      `trap - ERR\necho "${mark} done"\n`);
    await until(`the end of\n${block}`,
                () => this.program.end || this.program.said.includes(mark), { seconds: 180 });
    const said = this.program.said.slice(before);
    check(said.includes(`${mark} done`) && !this.program.end, block.split("\n")[0], said.slice(-3000));
    // Where a step fails, the page says with what: `… || echo "exit code $?"    # 9`.
    const told = [...block.matchAll(/echo "exit code \$\?" +# (\d+)/g)].map(([, code]) => code);
    const seen = [...said.matchAll(/^exit code (\d+)$/gm)].map(([, code]) => code);
    if (told.length || seen.length) equal(seen, told, "with the exit codes that the page tells");
  }
  /** No more is typed; what it started is gone before it is. */
  async close() {
    this.program.process.stdin.end();
    await this.program.wait();
  }
}

/** Programs that keep a terminal busy, one a terminal. */
class Terminals {
  constructor(cwd) {
    this.cwd = cwd;
    this.busy = new Map();
  }
  /** Ends what runs in the terminal, and runs this instead. */
  async run(terminal, block) {
    await this.interrupt(terminal);
    const program = new Program(block.trim(), "bash", ["-c", block], { cwd: this.cwd, env });
    this.busy.set(terminal, program);
    return program;
  }
  async be_ready(terminal, block) {
    const program = this.busy.get(terminal);
    await until(`terminal ${terminal} to be ready`,
                () => program.end || READY.test(program.said), { seconds: 120 });
    check(!program.end, `terminal ${terminal}: ${block.trim()}`, program.said);
    program.children = children_of(program.pid);
  }
  /** Ctrl-C, at which all ends in order; a step may have killed it (-9) before. */
  async interrupt(terminal) {
    const program = this.busy.get(terminal);
    if (!program) return;
    this.busy.delete(terminal);
    program.signal("SIGINT");
    const { code, signal } = await program.wait();
    const in_order = code === 0 || (code === 130 && program.name.startsWith("$(")); // an engine by itself
    check(in_order || signal === "SIGKILL", `terminal ${terminal} is free again`,
          program.said.slice(-3000));
    await none_left(program.children);
  }
  async close() {
    for (const terminal of [...this.busy.keys()].reverse()) await this.interrupt(terminal);
  }
}

async function follow(page, home) {
  const text = text_of(page);
  gets_along(page, text);
  const here = await with_free_ports();
  const terminals = new Terminals(home);
  const shell = new Shell(home);
  const blocks = blocks_of(text);
  check(blocks.length > 2, `${page} has ${blocks.length} steps`);
  // Programs of which one stands right below the other are started together.
  let starting = [];
  const all_ready = async () => {
    for (const { terminal, block } of starting) await terminals.be_ready(terminal, block);
    starting = [];
  };
  for (const { terminal, block, at_once } of blocks) {
    if (!at_once) await all_ready();
    if (terminal === "3") {
      await all_ready();
      await shell.type(here(block));
    } else {
      const step = { terminal, block: here(block) };
      await terminals.run(terminal, step.block);
      starting.push(step);
    }
  }
  await all_ready();
  await shell.close();
  await terminals.close();
  equal(readdirSync(home).sort(), ["build", "data", "node_modules"], "it leaves nothing beside data/");
  ok(`${page} was followed to its end`);
}

await test(async () => {
  const home = make_clone();
  for (const page of pages) await follow(page, home);
});
