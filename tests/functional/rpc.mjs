// What the L2 port takes and refuses: the right code each time, and never a dead connection.
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { check, equal, geth, has_geth, Network, ok, skip, test, transfer } from "./network.mjs";

const engine = process.argv[3] ?? "anvil";
if (engine === "geth" && !has_geth) skip(`no geth at ${geth} (./run --engine geth gets one)`);

/** One POST over the agent's only connection: status, headers, the body parsed where it is JSON. */
function post(url, agent, body, { method = "POST", headers = {}, path = "/" } = {}) {
  return new Promise((resolve, reject) => {
    const out = request(url + path, { agent, method, headers: {
      "content-type": "application/json", ...headers } }, (answer) => {
      let text = "";
      answer.on("data", (bytes) => (text += bytes));
      answer.on("end", () => {
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        resolve({ status: answer.statusCode, headers: answer.headers, text, json,
                  reused: out.reusedSocket });
      });
    });
    out.on("error", reject);
    out.end(body);
  });
}

/** Sends bytes on a connection of its own: all that comes back before the other side closes. */
function raw(url, bytes) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = "";
    socket.on("data", (more) => (text += more));
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

const call = (method, params = [], more = {}) =>
  JSON.stringify({ jsonrpc: "2.0", id: 7, method, params, ...more });

await test(async () => {
  const network = await Network.start({ engine });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const url = network.l2;
  const somebody = network.wallets[1].address;
  await post(url, agent, call("eth_chainId"));

  // All on one connection, which stays.
  const one = async (what, body, code, options) => {
    const answer = await post(url, agent, body, options);
    equal([answer.status, answer.json?.error?.code, answer.reused], [200, code, true], what);
    return answer.json.error.message;
  };
  await one("malformed JSON is -32700", "{\"jsonrpc\":", -32700);
  await one("an empty body is -32700", "", -32700);
  await one("bytes that are no text are -32700", Buffer.from([0xff, 0xfe, 0]), -32700);
  await one("deep nesting is refused", "[".repeat(100_000), -32700);
  await one("a number is no request", "7", -32600);
  await one("nor is an empty batch", "[]", -32600);
  await one("an id must be a simple value", call("eth_chainId", [], { id: {} }), -32600);
  await one("jsonrpc must be 2.0", call("eth_chainId", [], { jsonrpc: "1.0" }), -32600);
  await one("a batch over 1,000 calls is refused",
            JSON.stringify(Array(1001).fill({ jsonrpc: "2.0", id: 1, method: "eth_chainId" })),
            -32600);
  for (const [method, params] of [
    ["eth_getBalance", [7]], ["eth_getBalance", ["0x12"]], ["eth_getBalance", []],
    ["eth_getBalance", [somebody, "soon"]], ["eth_getBalance", [somebody, "latest", 1]],
    ["eth_getBlockByNumber", ["0x0"]], ["eth_getBlockByNumber", ["0x0", "yes"]],
    ["eth_getTransactionReceipt", ["0x12"]], ["eth_sendRawTransaction", [12]],
    ["eth_sendRawTransaction", ["0xzz"]], ["eth_call", ["data"]], ["eth_getLogs", [[]]],
    ["horae_transaction", ["0x1"]], ["horae_status", [1]], ["eth_chainId", [1]],
    ["eth_getBalance", { address: somebody }],
  ]) {
    await one(`wrong types: ${method} ${JSON.stringify(params).slice(0, 40)}`,
              call(method, params), -32602);
  }

  // What anvil would do for anybody who asked it.
  const head = await network.rpc("eth_blockNumber");
  const dangerous = [
    "anvil_mine", "anvil_setBalance", "anvil_impersonateAccount", "anvil_dumpState",
    "anvil_nodeInfo", "anvil_reset", "anvil_stopImpersonatingAccount", "evm_mine", "evm_snapshot",
    "evm_revert", "evm_increaseTime", "evm_setAutomine", "evm_setIntervalMining",
    "hardhat_setBalance", "hardhat_mine", "eth_sendTransaction", "eth_sign", "eth_signTransaction",
    "eth_signTypedData_v4", "personal_sign", "eth_sendUnsignedTransaction", "txpool_content",
    "debug_traceTransaction", "trace_block", "eth_fillTransaction", "eth_newFilter",
    "eth_subscribe", "eth_simulateV1", "admin_peers", "engine_newPayloadV3", "erigon_getHeader",
    "nonsense", "", "ETH_CHAINID", "eth_chainId ",
  ];
  for (const method of dangerous) {
    const answer = await post(url, agent, call(method, [somebody, "0x1"]));
    if (answer.json?.error?.code !== -32601 || !answer.reused) {
      throw new Error(`${method}: ${answer.text}`);
    }
  }
  ok(`${dangerous.length} methods are unknown here: exactly -32601`);
  equal([await network.rpc("eth_blockNumber"),
         await network.rpc("eth_getTransactionCount", somebody)],
        [head, "0x0"], "and none of them reached the engine");
  equal(await network.rpc("eth_accounts"), [], "no key is held for callers");

  const thousand = await post(url, agent, JSON.stringify(Array.from({ length: 1000 }, (_, id) => (
    { jsonrpc: "2.0", id, method: id % 2 ? "eth_chainId" : "nonsense" }))));
  check(thousand.json.length === 1000 && thousand.json.every((answer, id) => answer.id === id
        && (id % 2 ? answer.result === "0x2a80" : answer.error.code === -32601)),
        "a batch of 1,000 is answered in its order, good and bad together");
  const silent = await post(url, agent, JSON.stringify(
    { jsonrpc: "2.0", method: "eth_chainId", params: [] }));
  equal([silent.status, silent.text], [200, ""], "a notification is answered with nothing");
  const mixed = await post(url, agent, JSON.stringify([1, { jsonrpc: "2.0", id: 2,
                                                            method: "eth_chainId" }]));
  equal(mixed.json.map(({ error, result }) => error?.code ?? result), [-32600, "0x2a80"],
        "a bad call in a batch spoils only itself");

  // Limits.
  const gas_left = { data: "0x5a5f5260205ff3", gas: "0x5f5e100" };  // GAS, returned
  const gas = await network.rpc("eth_call", gas_left, "latest");
  check(BigInt(gas) <= 50_000_000n && BigInt(gas) > 1_000_000n,
        "a call gets 50 M gas at most", BigInt(gas));
  const big = `0x02${"00".repeat(128 * 1024)}`;
  const oversized = await network.ask("eth_sendRawTransaction", big);
  equal(oversized.error.data.reason, "tooLarge", "a transaction over 128 KiB is refused");
  const malformed = await network.ask("eth_sendRawTransaction", "0x02c0");
  equal(malformed.error.data.reason, "malformed", "so is one that is no transaction");
  const blob = await network.ask("eth_sendRawTransaction", "0x03c0");
  equal(blob.error.data.reason, "unsupportedType", "and one of a type that is not taken");
  const body = `"${" ".repeat(5 * 1024 * 1024)}"`;
  const refused = await post(url, agent, body);
  equal(refused.status, 413, "a body over 5 MiB is 413, and the client hears it");
  equal((await post(url, agent, call("eth_chainId"))).json.result, "0x2a80",
        "the next request is answered");

  // Who may ask, and how.
  const host = await post(url, agent, call("eth_chainId"), { headers: { host: "evil.example" } });
  equal(host.status, 403, "a foreign Host is 403");
  for (const name of ["localhost", "127.0.0.1", `localhost:${new URL(url).port}`]) {
    const answer = await post(url, agent, call("eth_chainId"), { headers: { host: name } });
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`);
  }
  ok("localhost and 127.0.0.1 are served");
  const cors = await post(url, agent, undefined, { method: "OPTIONS", headers: {
    origin: "https://evil.example", "access-control-request-method": "POST" } });
  const crossed = await post(url, agent, call("eth_chainId"),
                             { headers: { origin: "https://evil.example" } });
  equal([cors.status, ...[cors, crossed].flatMap(({ headers }) =>
    Object.keys(headers).filter((name) => name.startsWith("access-control")))], [405],
        "no CORS");
  equal((await post(url, agent, undefined, { method: "GET" })).status, 200,
        "a bare GET is 200, as load balancers want");
  equal((await post(url, agent, call("eth_chainId"),
                    { headers: { "content-type": "text/plain" } })).status, 415,
        "what is not sent as JSON is 415");
  equal((await post(url, agent, call("eth_chainId"), { path: "/admin" })).status, 404,
        "another path is 404");
  check(/^HTTP\/1\.1 400 /.test(await raw(url, "\x16\x03\x01 this is no HTTP\r\n\r\n")),
        "what is no HTTP is 400");
  check(/^HTTP\/1\.1 431 /.test(await raw(
    url, `POST / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`)),
        "a header without end is 431");

  // More clients than are served.
  const { hostname, port } = new URL(url);
  const sockets = await Promise.all(Array.from({ length: 511 }, () => new Promise(
    (resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(socket));
      socket.on("error", reject);
    })));
  const turned_away = await raw(
    url, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  check(/^HTTP\/1\.1 503 /.test(turned_away), "the 513th connection is told so", turned_away);
  equal((await post(url, agent, call("eth_chainId"))).json.result, "0x2a80",
        "those that are connected are served");
  for (const socket of sockets) socket.destroy();

  // Reads are clamped to what is sealed.
  equal((await network.ask("eth_getBalance", somebody, "0xffff")).error?.message, "block not found",
        "state above the sealed head is an error");
  equal(await network.rpc("eth_getBlockByNumber", "0xffff", false), null, "a block there is null");
  equal((await network.rpc("eth_getBlockByNumber", "pending", false)).number,
        await network.rpc("eth_blockNumber"), "pending is the sealed head");

  // What an engine says, in geth's words and shapes.
  const broke = "0x00000000000000000000000000000000000000AB";
  equal((await network.ask("eth_estimateGas", { from: broke, to: somebody, value: "0x1" })).error,
        { code: -32000, message: "failed with 16777216 gas: insufficient funds for gas * price "
          + `+ value: address ${broke} have 0 want 1` }, "an estimate heeds the balance");
  equal((await network.rpc("eth_createAccessList", { from: somebody, data: "0x60006000fd" })).error,
        "execution reverted", "the access list of a call that reverts is a result");
  equal((await network.ask("eth_call", { data: "0x63deadbeef60e01b60005260046000fd" })).error,
        { code: 3, message: "execution reverted", data: "0xdeadbeef" },
        "a revert says no more than the contract did");
  equal(await network.rpc("eth_call", { data: "0x4360005260206000f3" }, "latest", {},
                          { number: "0x77" }),
        `0x${"77".padStart(64, "0")}`, "a call's block can be overridden");
  equal((await network.rpc("eth_getProof", somebody, ["0x1"])).storageProof[0].key, "0x1",
        "a short key of a proof is taken");

  // The limit of one sender, and what is too far ahead.
  const [, , , , , , sender] = network.wallets;
  const sent = [];
  for (const nonce of [...Array.from({ length: 65 }, (_, i) => i + 1), 0]) {
    const { error } = await network.ask("eth_sendRawTransaction", await transfer(sender, nonce));
    sent.push(error?.data?.reason ?? "accepted");
  }
  equal([sent.filter((each) => each === "accepted").length, sent[64], sent[65]],
        [65, "nonceTooHigh", "accepted"],
        "a sender that fills its window ahead of a gap can still close it");

  // A batch keeps its order, and sees what it sent.
  const [, , , , , crowd] = network.wallets;
  const many = await Promise.all(Array.from({ length: 150 }, (_, nonce) => transfer(crowd, nonce)));
  const batch = [...many.map((raw) => call("eth_sendRawTransaction", [raw])),
                 call("eth_getTransactionCount", [crowd.address, "pending"])];
  const answers = (await post(url, agent, `[${batch}]`)).json;
  equal([answers.filter(({ error }) => error).length, answers[150].result], [0, "0x96"],
        "150 nonces that follow one another are let in, and the count behind them is 150");
  const [, , , , , , , poor] = network.wallets;
  const reason = async (fields) => (await network.ask(
    "eth_sendRawTransaction", await transfer(poor, 0, fields))).error?.data?.reason;
  equal([await reason({ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }),
         await reason({ gasLimit: 30_000_001n }), await reason({ gasLimit: 20_999n })],
        ["feeTooLow", "gasLimit", "intrinsicGas"], "each refusal has its reason");
  agent.destroy();
  await network.stop();
});
