// A node on geth: what status, metrics and doctor tell of the engine, and what becomes of wrong
// settings and wrong flags.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  check, equal, Exit, geth, has_geth, horae, make_home, Network, ok, rpc, skip, test, transfer,
  until,
} from "./network.mjs";

if (!has_geth) skip(`no geth at ${geth} (./run --engine geth gets one)`);

/** The doctor's findings of the engine, by id. */
async function examine(settings, ...args) {
  const { out } = await horae("doctor", "--config", settings, "--json", ...args);
  return Object.fromEntries(JSON.parse(out).checks.filter(({ id }) => id.startsWith("engine."))
    .map((each) => [each.id, each]));
}

const not_ok = (checks) => Object.values(checks).filter(({ verdict }) => verdict !== "ok");

/** Of the engine's checks exactly this one fails, with these words. */
async function finds(what, settings, args, id, words) {
  const checks = await examine(settings, ...args);
  const failed = Object.values(checks).filter(({ verdict }) => verdict === "failed");
  equal(failed.map((each) => each.id), [id], `${what}: ${id}`);
  check(failed[0].found.includes(words), `with "${words}"`, failed[0]);
}

await test(async () => {
  const network = await Network.start({ engine: "geth" });
  const { datadir, dev } = network;
  const settings = join(datadir, "horae.toml");
  for (const nonce of [0, 1]) {
    await network.receipt(await network.rpc("eth_sendRawTransaction",
                                            await transfer(network.wallets[1], nonce)));
  }
  const head = Number(await network.rpc("eth_blockNumber"));

  // Status and metrics.
  const engine = await until("a look at the engine", async () => {
    const { out } = await horae("status", "--datadir", datadir, "--json");
    const seen = JSON.parse(out).engine;
    return seen.reportedHead === head && seen.client && seen;
  });
  const { answerMs, client, diskBytes, ...rest } = engine;
  equal(rest, { state: "answering", reason: "", dialect: "geth", buildsUnseen: true,
                keepsItsBlocks: true, head, reportedHead: head, peers: 0, poolClosed: true },
        "status tells of the engine");
  check(client.startsWith("Geth/v1.17.") && answerMs > 0 && diskBytes > 10_000, "all of it", engine);
  const text = (await horae("status", "--datadir", datadir)).out;
  check(/^engine +Geth\/v1\.17\S+, at block \d+, answers in [\d.]+ ms, no peers, pool closed, \d+ MiB/m
    .test(text), "and so it does in words", text);
  const metrics = await (await fetch(`${dev.ops}/metrics`)).text();
  for (const line of [`horae_engine_info{dialect="geth",client="${client}"} 1`,
                      "horae_engine_state{state=\"answering\"} 1",
                      `horae_engine_reported_head_number ${head}`, "horae_engine_peers 0",
                      "horae_engine_pool_closed 1"]) {
    check(metrics.includes(`${line}\n`), line);
  }

  // The doctor.
  equal(not_ok(await examine(settings)), [], "every check of the engine is ok");
  equal(Number(await rpc(dev.engine.rpc, "eth_blockNumber")), head, "and its head is what it was");
  const { engine: { rpc: endpoint, auth } } = dev;
  const other_secret = join(make_home(), "jwt.hex");
  writeFileSync(other_secret, "22".repeat(32), { mode: 0o600 });
  await finds("another secret", settings, ["--engine-jwt-file", other_secret], "engine.api",
              "its secret is another than that in");
  const open_secret = join(make_home(), "jwt.hex");
  writeFileSync(open_secret, readFileSync(dev.engine.jwtFile), { mode: 0o644 });
  await finds("a secret that others may read", settings, ["--engine-jwt-file", open_secret],
              "engine.jwt_file", "chmod 600");
  await finds("the wrong port", settings, ["--engine-auth-endpoint", endpoint], "engine.api",
              "it is no Engine API: see engine.auth_endpoint");
  await finds("another gas limit", settings, ["--l2-gas-limit", "20000000"], "engine.gas_limit",
              "--miner.gaslimit is another");

  // A node does not start with what no block could be handed over by.
  const elsewhere = join(make_home(), "data");
  mkdirSync(elsewhere, { mode: 0o700 });
  const refused = await horae("run", "--config", settings, "--datadir", elsewhere, "--rpc-port", "0",
                              "--engine-jwt-file", other_secret);
  equal(refused.code, Exit.unreachable, "with another secret a node does not start");
  check(refused.said.includes("the engine takes no blocks") &&
        refused.said.includes("its secret is another than that in"), "and says why", refused.said);
  const swapped = await horae("run", "--config", settings, "--datadir", elsewhere, "--rpc-port", "0",
                              "--engine-endpoint", auth, "--engine-auth-endpoint", endpoint);
  equal(swapped.code, Exit.unreachable, "nor where the two endpoints are in each other's place");
  check(swapped.said.includes("missing token"), "and says why", swapped.said);
  await network.stop();
  ok("nothing is left behind");
});
