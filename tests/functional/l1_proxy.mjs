// An L1 endpoint of one member's own in front of a chain that all share: honest, behind, lying, slow or
// gone, as a test tells it.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { rpc } from "./network.mjs";

const quantity = (number) => `0x${number.toString(16)}`;
const ahead_of = (number, head) => /^0x/.test(number) && Number(number) > head;

export class L1Proxy {
  /** chain: the URL of the L1 that stands behind it. */
  static async start(chain) {
    const it = new L1Proxy();
    it.chain = chain;
    it.server = createServer((request, response) => it.#serve(request, response));
    await it.#listen(0);
    it.port = it.server.address().port;
    it.url = `http://127.0.0.1:${it.port}`;
    it.be_honest();
    return it;
  }

  be_honest() {
    this.head = undefined;      // the last block that it knows
    this.behind = 0;            // or how many of the newest it does not
    this.alter = (body) => body;
    this.slow_ms = 0;
    this.hides = false;         // every event
  }
  /** It gets no more blocks. */
  async stand_still() {
    this.head = Number(await rpc(this.chain, "eth_blockNumber"));
  }
  /** Nobody listens any more. */
  async die() {
    const closed = new Promise((resolve) => { this.server.close(resolve); });
    this.server.closeAllConnections();
    await closed;
  }
  revive() {
    return this.#listen(this.port);
  }

  #listen(port) {
    return new Promise((resolve) => { this.server.listen(port, "127.0.0.1", resolve); });
  }

  async #serve(request, response) {
    try {
      const parts = [];
      for await (const part of request) parts.push(part);
      const asked = JSON.parse(Buffer.concat(parts).toString());
      if (this.slow_ms > 0) await pause(this.slow_ms);
      const answer = Array.isArray(asked) ? await Promise.all(asked.map((each) => this.#answer(each)))
        : await this.#answer(asked);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(this.alter(JSON.stringify(answer)));
    } catch {
      response.destroy(); // the chain or whoever asked has ended
    }
  }

  async #answer({ id, method, params }) {
    const head = this.head ?? (this.behind > 0
      ? Number(await rpc(this.chain, "eth_blockNumber")) - this.behind : undefined);
    if (head !== undefined && method === "eth_blockNumber") {
      return { jsonrpc: "2.0", id, result: quantity(head) };
    }
    if (head !== undefined && method === "eth_getBlockByNumber") {
      if (params[0] === "latest") params = [quantity(head), params[1]];
      if (ahead_of(params[0], head)) return { jsonrpc: "2.0", id, result: null };
    }
    if (this.hides && method === "eth_getLogs") return { jsonrpc: "2.0", id, result: [] };
    const answer = await (await fetch(this.chain, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    })).json();
    if (this.hides && method === "eth_getBlockReceipts") {
      for (const receipt of answer.result ?? []) receipt.logs = [];
    }
    return answer;
  }
}
