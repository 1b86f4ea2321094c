// What a node says of an ordinary life, in each form: every line is one of its form, and none is a
// warning or an error. Levels are heeded, and nothing that comes from outside makes a line of its own.
import { renameSync } from "node:fs";
import { join } from "node:path";
import { Contract, JsonRpcProvider, NonceManager, Wallet } from "ethers";
import { load_artefact } from "./artefacts.mjs";
import { check, equal, ETHER, Exit, horae, inspect, Network, ok, replay, test, transfer, until }
  from "./network.mjs";

/** What stood on stderr alone. */
const lines_of = (program) => program.errors.split("\n").slice(0, -1);

/** key=value … with values bare or between quotation marks. */
function parse_logfmt(line) {
  const out = {};
  const pair = /([A-Za-z0-9_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"=]+))(?: |$)/y;
  while (pair.lastIndex < line.length) {
    const found = pair.exec(line);
    if (!found) throw new Error(`no logfmt: ${line}`);
    out[found[1]] = found[2] ?? found[3];
  }
  return out;
}

const text = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (DEBUG|INFO|WARN|ERROR) +([^:]+): (.+)$/;
function parse_text(line) {
  const found = text.exec(line);
  if (!found) throw new Error(`no line of text: ${line}`);
  const [, time, level, who, msg] = found;
  return { time, level: level.toLowerCase(), who, msg };
}

const parse = { text: parse_text, logfmt: parse_logfmt, json: JSON.parse };

/** Everything that the program said, taken apart; times never go back by more than a moment. */
function parsed(program, form) {
  const lines = lines_of(program).map((line) => parse[form](line));
  for (const line of lines) {
    if (!["time", "level", "who", "msg"].every((name) => typeof line[name] === "string")) {
      throw new Error(`a line lacks something: ${JSON.stringify(line)}`);
    }
    if (Number.isNaN(Date.parse(line.time))) throw new Error(`no time: ${line.time}`);
  }
  return lines;
}

async function lock(network) {
  const provider = new JsonRpcProvider(network.l1, undefined, { cacheTimeout: -1 });
  const account = (index) => new NonceManager(
    new Wallet(network.dev.accounts[index].privateKey, provider));
  const at = (name, address, signer) => new Contract(address, load_artefact(name).abi, signer);
  const { metis, lockingPool, lockingInfo } = network.dev.contracts;
  const [governance, owner] = [account(0), account(5)];
  const signer = new Wallet(network.dev.accounts[6].privateKey);
  const mined = async (sent) => (await sent).wait();
  await mined(at("LockingPool", lockingPool, governance)
    .setWhitelist(network.dev.accounts[5].address, true));
  await mined(at("MetisToken", metis, owner).approve(lockingInfo, 20_000n * ETHER));
  await mined(at("LockingPool", lockingPool, owner).lockFor(
    signer.address, 20_000n * ETHER, `0x${signer.signingKey.publicKey.slice(4)}`));
  provider.destroy();
}

/** Traffic, a lock, a paid reward batch, a clean stop. */
async function ordinary_life(form, ...more) {
  const network = await Network.start({
    args: ["--fresh", "--traffic", "3", "--reward-period", "3", "--logs-format", form, ...more] });
  await lock(network);
  await until("a second sequencer", async () =>
    (await network.rpc("horae_sequencers")).sequencers.length === 2);
  await until("a paid reward batch", async () =>
    (await network.rpc("horae_rewards")).batches.some((batch) => batch.payment));
  const raw = await transfer(network.wallets[7], 9999);
  check((await network.ask("eth_sendRawTransaction", raw)).error.data.reason === "nonceTooHigh",
        "a refused transaction is no trouble of the node's");
  const actors = JSON.parse((await inspect(network.datadir)).out).actors.map(({ name }) => name);
  await network.stop();
  return { network, actors };
}

await test(async () => {
  for (const form of ["text", "logfmt", "json"]) {
    const { network, actors } = await ordinary_life(form);
    const lines = parsed(network.program, form);
    const said = (who, msg) => lines.some((line) => line.who === who && line.msg.startsWith(msg));
    check(said("block producer", "block sealed") && said("L1 submitter", "a submission goes on") &&
          said("L1 listener", "L1 is followed at its head") && said("node", "stopped"),
          `${form}: ${lines.length} lines tell of an ordinary life`, network.program.errors);
    // A slow machine may really miss a slot; then the log says so, too.
    const observed = (await replay(network.datadir, "log", "--kind", "observed").catch(() => []));
    const bad = lines.filter(({ level }) => level === "warn" || level === "error")
      .filter((line) => line.who !== "penalty monitor" || observed.length === 0);
    equal(bad, [], `${form}: none of them is a warning or an error`);
    for (const name of actors) {
      // Each actor can be given a level of its own.
      const speaker = name.replace(/ \d+$/, "");
      const { code, said: words } = await horae("dev", "--crash-at", "nowhere", "--logs-levels",
                                                `${speaker}=debug`);
      if (code !== Exit.usage || words.includes("is called " + speaker)) {
        throw new Error(`${speaker} has no level: ${words}`);
      }
    }
    ok(`${form}: each of ${actors.length} actors may have a level`);
  }

  const { network: quiet } = await ordinary_life(
    "json", "--logs-level", "warn", "--logs-levels", "mempool=debug,door=debug");
  const lines = parsed(quiet.program, "json");
  check(lines.some(({ msg }) => msg === "transaction admitted") &&
        lines.some(({ msg, reason }) => msg === "transaction refused" && reason === "nonceTooHigh"),
        "a level of its own lets one actor tell more", lines.slice(0, 5));
  equal(lines.filter(({ who }) => !/^(mempool|door|penalty monitor)/.test(who)), [],
        "and the common one keeps the others quiet");

  // Its last words are a line of its form, too.
  const doomed = await Network.start({ args: ["--logs-format", "json"] });
  renameSync(join(doomed.datadir, "log"), join(doomed.datadir, "log.away"));
  equal((await doomed.program.wait()).code, Exit.directory, "a log that is taken away ends it");
  const last = parsed(doomed.program, "json").at(-1);
  equal([last.level, last.code], ["error", "H-DIR-GONE"], "with its code in the last line");

  for (const [flag, value, near] of [["--logs-levels", "mempol=debug", "mempool"],
                                     ["--logs-level", "inof", "info"],
                                     ["--logs-format", "jsno", "json"]]) {
    for (const [command, code] of [[["dev"], Exit.usage],
                                   [["config", "show"], Exit.configuration]]) {
      const refused = await horae(...command, flag, value);
      equal(refused.code, code, `${command.join(" ")} ${flag} ${value} is refused`);
      check(refused.said.includes(`is ${near} meant?`), "with the nearest", refused.said);
    }
  }
});
