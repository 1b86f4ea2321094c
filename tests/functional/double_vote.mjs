// A member's key that signs in two places: two votes of one round, given to consensus as its evidence.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { concat, getBytes, HDNodeWallet, hexlify, keccak256, Signature } from "ethers";
import { check, horae_replay, until } from "./network.mjs";

const precommit = 2;
const dev_phrase = "test test test test test test test test test test test junk";

/** The key of one of anvil's accounts, as the dev network's sequencers have them. */
function key_of(address) {
  for (let i = 0; i < 10; ++i) {
    const wallet = HDNodeWallet.fromPhrase(dev_phrase, "", `m/44'/60'/0'/0/${i}`);
    if (wallet.address.toLowerCase() === address) return wallet.signingKey;
  }
  throw new Error(`${address} is none of anvil's accounts`);
}

// Protobuf: a varint, and a field of bytes behind its number and length.
const varint = (number) => number < 128 ? [number] : [(number & 127) | 128, ...varint(number >>> 7)];
const field = (number, bytes) => [number << 3 | 2, ...varint(bytes.length), ...bytes];
const fixed64 = (number, value) => [number << 3 | 1,
                                    ...new Uint8Array(new BigInt64Array([BigInt(value)]).buffer)];

/** What a member signs: CanonicalVote of round 0 for a block of this hash, which has one part of it, too. */
function sign_bytes(chain, height, hash, seconds) {
  const block = [...field(1, hash), ...field(2, [8, 1, ...field(2, hash)])];
  const vote = [8, precommit, ...fixed64(2, height), ...field(4, block), ...field(5, [8, ...varint(seconds)]),
                ...field(6, new TextEncoder().encode(chain))];
  return Uint8Array.from([...varint(vote.length), ...vote]);
}

const base64 = (hex) => Buffer.from(getBytes(hex)).toString("base64");
const upper = (bytes) => hexlify(Uint8Array.from(bytes)).slice(2).toUpperCase();

/** JSON-RPC of a member's CometBFT, at the port that its node gave it. */
function comet_rpc(node) {
  const file = readFileSync(join(node.datadir, "consensus/cometbft/config/config.toml"), "utf8");
  const port = /^laddr = "tcp:\/\/127\.0\.0\.1:(\d+)"/m.exec(file.slice(file.indexOf("\n[rpc]")))[1];
  return async (method, params) => {
    const answer = await (await fetch(`http://127.0.0.1:${port}`, {
      method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    })).json();
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  };
}

/** Consensus is shown two votes of `voter` at one height: each log has it as that member's fault, and nobody else's. */
export async function votes_twice(nodes, voter) {
  const { address } = voter.sequencer;
  const comet = comet_rpc(nodes[0]);
  const { signed_header: { header } } = await comet("commit", {});
  const { validators } = await comet("validators", { height: header.height });
  const of_voter = validators.findIndex((each) => `0x${each.address.toLowerCase()}` === address);
  const seconds = Math.floor(Date.now() / 1000);
  const vote = (first_byte) => {
    const hash = new Uint8Array(32).fill(first_byte);
    const { r, s, yParity } = Signature.from(
      key_of(address).sign(keccak256(sign_bytes(header.chain_id, header.height, hash, seconds))));
    return {
      type: precommit, height: header.height, round: 0,
      block_id: { hash: upper(hash), parts: { total: 1, hash: upper(hash) } },
      timestamp: new Date(seconds * 1000).toISOString(), validator_address: validators[of_voter].address,
      validator_index: of_voter, signature: base64(concat([r, s, `0x0${yParity}`])),
    };
  };
  const total = validators.reduce((sum, each) => sum + Number(each.voting_power), 0);
  await comet("broadcast_evidence", { evidence: {
    type: "tendermint/DuplicateVoteEvidence",
    value: { vote_a: vote(1), vote_b: vote(2), TotalVotingPower: String(total),
             ValidatorPower: validators[of_voter].voting_power, Timestamp: header.time },
  } });
  const found = async (node) => {
    const { faults } = JSON.parse((await horae_replay("--datadir", node.datadir, "penalties", "--json")).out);
    return faults.length > 0 && faults;
  };
  for (const node of nodes) {
    const [fault, ...others] = await until("the fault of two votes", () => found(node), { every_ms: 200 });
    check(others.length === 0 && fault.kind === "duplicateVote" && fault.signer === address
          && Number(fault.block) === Number(header.height), "who votes twice is at fault in each log", fault);
  }
}
