#include "actors/world.hpp"

#include <caf/typed_event_based_actor.hpp>

#include "actors/committed.hpp"
#include "actors/mentions.hpp"
#include "events/json.hpp"
#include "events/locking/open_pool.hpp"
#include "events/mempool/fate.hpp"
#include "events/pool/disputes.hpp"
#include "events/rewards/duty.hpp"
#include "events/turns.hpp"
#include "storage/disk_trouble.hpp"

namespace horae {
namespace {

namespace json = boost::json;

constexpr std::size_t world_slice_records = 4096;
constexpr std::size_t world_slice_bytes = 8u << 20;

class WorldActor : public Deciding<world_actor::base> {
 public:
  WorldActor(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
             std::shared_ptr<Board> board, WorldStart start, std::unique_ptr<LogReader> log,
             std::shared_ptr<Lookups> lookups, journal_actor journal, SnapshotSink snapshots)
      : Deciding(config, std::move(counted), std::move(journal)),
        board_(std::move(board)),
        world_(std::move(start.state)),
        service_(std::move(start.service)),
        watch_(std::move(start.hashes)),
        log_(std::move(log)),
        lookups_(std::move(lookups)),
        snapshots_(std::move(snapshots)) {}

  // A promise holds its asker and this actor: kept beyond the end, neither would ever be freed.
  // Lookups that could not be sealed are built anew after a reboot.
  void on_exit() override {
    waiting_.clear();
    static_cast<void>(lookups_->seal());
  }

  behavior_type make_behavior() override {
    tell_heads();
    tell_board();
    follow();
    return {[this](const Msg<schema::WorldQuery>& query) {
      const auto counting = handling("WorldQuery");
      auto promise = make_response_promise<Msg<schema::WorldAnswer>>();
      if (query.read().getAtLeast() <= world_.seq) {
        promise.deliver(answer(query.read()));
      } else {
        waiting_.push_back({query, promise});
      }
      return promise;
    }};
  }

 private:
  struct Waiting {
    Msg<schema::WorldQuery> query;
    caf::typed_response_promise<Msg<schema::WorldAnswer>> promise;
  };

  void follow() {
    this->request(journal(), caf::infinite, Beyond{world_.seq})
        .then(
            [this](const Durable& durable) {
              const auto counting = handling("Durable");
              while (world_.seq < durable.seq) read_on(durable.seq);
              tell_heads();
              tell_board();
              answer_waiting();
              tell_state_hash();
              follow();
            },
            on_lost("the world's follow"));
  }

  void tell_heads() {
    const auto& chain = world_.shared.blocks;
    board_->safe_head.store(safe_block(chain));
    board_->revocable_from.store(chain.attestation ? chain.attestation->revocable_from : 0);
    board_->sealed_head.store(chain.head.number);
  }

  void tell_board() {
    const auto told = committed(world_);
    tell_pool(*board_, world_);
    board_->change<Board::Committed>([&](Board::Committed& seen) {
      const bool served = seen.waiting == 0 || told.head != seen.head;
      const auto since = served ? told.time_ms : seen.unserved_since_ms;
      seen = told;
      seen.unserved_since_ms = told.waiting == 0 ? 0 : since;
    });
  }

  // Folds one slice, which ends where a decision ends, and enters its hashes.
  void read_on(std::uint64_t until) {
    auto slice = log_->read(world_.seq + 1, world_slice_records, world_slice_bytes);
    if (!slice) stop("the world cannot read the log: " + slice.error().what);
    std::vector<LookupEntry> entries;
    std::uint64_t folded = 0;
    for (const auto& stored : *slice) {
      if (stored.seq > until) break;
      auto record = decode_record(stored.value);
      if (!record) stop("record " + std::to_string(stored.seq) + ": " + record.error().what);
      if (const auto folding = fold(world_, *record, Trust::log); !folding) {
        stop("record " + std::to_string(stored.seq) + ": " + folding.error().what);
      }
      if (const auto same = watch_.see(world_, *record); !same) {
        stop("record " + std::to_string(stored.seq) + ": " + same.error().what);
      }
      service_.see(*record, world_.local.mempool);
      take_snapshot_at(*record);
      for (auto& entry : mentions_of(*record)) entries.push_back(std::move(entry));
      ++folded;
    }
    meter().facts.fetch_add(folded, std::memory_order_relaxed);
    if (const auto put = lookups_->put(world_.seq, entries); !put) {
      end_at_disk(lookups_->environment(), put.error());
    }
  }

  void take_snapshot_at(const RecordView& record) {
    if (!snapshots_.to) return;
    auto taken = snapshots_.taker.see(world_, service_, record);
    if (taken) snapshots_.to(std::move(*taken));
  }

  // The state's hashes enter the log every so many records.
  void tell_state_hash() {
    const auto owed = watch_.owed();
    if (!owed || owed->seq <= told_hash_) return;
    told_hash_ = owed->seq;
    auto decision = hash_state(world_.local.node, owed->seq, owed->hashes.shared,
                               owed->hashes.local, owed->digests);
    append(std::move(decision), owed->seq, "a state hash to the journal", [](const Receipt&) {});
  }

  void answer_waiting() {
    std::vector<Waiting> still;
    for (auto& waiting : waiting_) {
      // Only a settled position is shown.
      if (world_.settled && waiting.query.read().getAtLeast() <= world_.seq) {
        waiting.promise.deliver(answer(waiting.query.read()));
      } else {
        still.push_back(std::move(waiting));
      }
    }
    waiting_ = std::move(still);
  }

  Msg<schema::WorldAnswer> answer(schema::WorldQuery::Reader query) {
    return Msg<schema::WorldAnswer>::build([&](schema::WorldAnswer::Builder out) {
      out.setSeq(world_.seq);
      const auto text = [&](const json::value& value) {
        out.setJson(json::serialize(value).c_str());
      };
      switch (query.which()) {
        case schema::WorldQuery::NONE:
          return out.setAbsent();
        case schema::WorldQuery::STATUS:
          return text(status());
        case schema::WorldQuery::SEQUENCERS:
          return text(to_json(world_.shared.locking));
        case schema::WorldQuery::POOLED: {
          const auto* txn = find(world_.local.mempool, fixed<Hash32>(query.getPooled()));
          return txn == nullptr ? out.setAbsent() : text(pooled_json(*txn));
        }
        case schema::WorldQuery::PENDING_NONCE: {
          const auto nonce =
              next_nonce(world_.local.mempool, fixed<Address>(query.getPendingNonce()));
          return nonce ? out.setNumber(*nonce) : out.setAbsent();
        }
        case schema::WorldQuery::NEXT_BLOCK:
          return next_block(out.initNextBlock(), query.getNextBlock());
        case schema::WorldQuery::FAULT: {
          const auto asked = query.getFault();
          const auto signer = fixed<Address>(asked.getSigner());
          auto standing = out.initFault();
          standing.setKnownSigner(world_.shared.locking.current.signers.contains(signer));
          standing.setProven(
              world_.shared.faults.known.contains({asked.getKind(), asked.getBlock(), signer}));
          return;
        }
        case schema::WorldQuery::CONTENT: {
          const auto content = content_of(world_.shared, to_slot(query.getContent()));
          return content ? out.setContent(content->read()) : out.setAbsent();
        }
        case schema::WorldQuery::REWARD_DUTY: {
          const auto& shared = world_.shared;
          const auto duty = reward_duty(
              shared.rewards, pool_standing(shared.locking), world_.local.submissions, shared.mpc,
              shared.locking.current.mpc, fixed<Address>(query.getRewardDuty()));
          return out.setDuty(duty.read());
        }
        case schema::WorldQuery::PRESENT:
          return present(out.initPresent());
        case schema::WorldQuery::SLOT: {
          const auto slot = to_slot(query.getSlot());
          const auto content = content_of(world_.shared, slot);
          auto known = out.initSlot();
          if (content) known.setContent(content->read());
          const auto keys = state_message(part_of(world_.shared.mpc, slot));
          return known.setKeys(Msg<schema::MpcState>::of(keys).read());
        }
        case schema::WorldQuery::SERVICE:
          return service(out.initService(), query.getService());
        case schema::WorldQuery::L1_PROGRESS:
          if (!world_.shared.locking.is_open()) return out.setAbsent();
          return fill(out.initL1Progress(), world_.shared.locking);
        case schema::WorldQuery::OPEN_POOL:
          if (!world_.shared.locking.is_open()) return out.setAbsent();
          return fill(out.initOpenPool(), world_.shared.locking);
      }
      stop("a question to the world written by a newer version");
    });
  }

  json::object status() {
    // The hash of a state is worth keeping while the state stays as it is.
    if (hashed_seq_ != world_.seq || hashes_ == StateHashes{}) {
      hashes_ = state_hashes(world_);
      hashed_seq_ = world_.seq;
    }
    const auto& locking = world_.shared.locking;
    json::object l1;
    if (locking.confirmed_head) l1["confirmed"] = locking.confirmed_head->number;
    if (locking.finalized) l1["finalized"] = locking.finalized->number;
    return {{"seq", world_.seq},
            {"stateHash", to_json(hashes_)},
            {"block", world_.shared.blocks.head.number},
            {"blockHash", to_hex(world_.shared.blocks.head.hash)},
            {"mempool", world_.local.mempool.by_hash.size()},
            {"starts", world_.local.node.starts},
            {"discrepancies", locking.current.discrepancies},
            {"l1", std::move(l1)}};
  }

  void present(schema::Present::Builder out) {
    const auto pool = pool_standing(world_.shared.locking);
    out.setTimeMs(world_.time_ms);
    out.setNotDue(why_not_due(world_.shared.rewards, pool.l1_time, pool).c_str());
  }

  void service(schema::Service::Builder out, std::uint64_t now_ms) {
    const auto& owed = service_.owed();
    auto list = out.initOwed(static_cast<unsigned>(owed.size()));
    for (unsigned i = 0; i < list.size(); ++i) write(list[i], owed[i]);
    if (now_ms == 0) return;
    const auto backlog = service_.backlog(now_ms, world_.local.mempool);
    if (!backlog) return;
    write(out.initBacklog(), backlog->noticed);
    out.setSealedMs(backlog->sealed_ms);
    out.setBehindTheBlock(backlog->behind_the_block);
  }

  // The first of the signers that is Active; of none of them, what the one is that has come
  // farthest: it signs for a sequencer, it did so once, or it never locked.
  std::pair<Address, SequencerStanding> first_active(capnp::List<capnp::Data>::Reader signers) {
    SequencerStanding none;
    none.status = "there is no signer";
    int farthest = -1;
    const auto leader = leader_of(world_.shared);
    for (const auto signer : signers) {
      if (!world_.shared.blocks.turns || fixed<Address>(signer) != leader) continue;
      auto found = standing(world_.shared.locking, *leader);
      if (found.active) return {*leader, std::move(found)};
    }
    for (const auto signer : signers) {
      const auto address = fixed<Address>(signer);
      auto found = standing(world_.shared.locking, address);
      if (found.active) return {address, std::move(found)};
      const bool known = world_.shared.locking.current.signers.contains(address);
      const int far = found.id != 0 ? 2 : known ? 1 : 0;
      if (far <= farthest) continue;
      farthest = far;
      found.status = "sequencer " + to_hex(address) + " is " + found.status;
      none = std::move(found);
    }
    return {Address{}, std::move(none)};
  }

  void next_block(schema::NextBlock::Builder out, capnp::List<capnp::Data>::Reader signers) {
    const auto& chain = world_.shared.blocks;
    const auto [sequencer, allowed] = first_active(signers);
    out.setSequencer(data(sequencer));
    out.setNumber(chain.head.number + 1);
    out.setParentTimestamp(chain.head.timestamp);
    out.setGasLimit(chain.gas_limit);
    out.setMaxBytes(most_block_bytes(world_.shared));
    out.setActive(allowed.active);
    out.setStanding(allowed.status.c_str());
    if (const auto& head = world_.shared.locking.confirmed_head) {
      auto origin = out.initL1Origin();
      origin.setNumber(head->number);
      origin.setHash(data(head->hash));
      out.setL1Time(world_.shared.locking.confirmed_time);
    }
    out.setL1Bound(chain.l1_bound);
    out.setParentL1Origin(chain.head.l1_origin);
    out.setParentHash(data(chain.head.hash));
    out.setBaseFee(data(to_word(next_base_fee(chain))));
    out.setEpoch(epoch_with(chain, chain.head.number + 1, allowed.id, sequencer));
    out.setSignsTxns(chain.seal_rules && chain.seal_rules->signs_txns);
    if (const auto& asked = chain.attestation) {
      out.setUnattested(asked->unattested.size());
      out.setMostUnattested(asked->most);
      if (!asked->points.empty()) out.setParentEpoch(asked->points.back().epoch);
      out.setDispute(dispute_words(world_.shared.pool, asked->attested + 1).c_str());
    }
    if (world_.shared.pool.is_founded()) {
      out.setLeader(data(leader_of(world_.shared).value_or(Address{})));
    }
  }

  std::shared_ptr<Board> board_;
  World world_;
  ServiceWatch service_;
  StateHashWatch watch_;
  std::unique_ptr<LogReader> log_;
  std::shared_ptr<Lookups> lookups_;
  std::vector<Waiting> waiting_;
  SnapshotSink snapshots_;
  std::uint64_t told_hash_ = 0;  // the last state whose hashes were sent to the journal
  std::uint64_t hashed_seq_ = 0;
  StateHashes hashes_;
};

}  // namespace

world_actor spawn_world(caf::actor_system& system, Threading threading,
                        std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                        WorldStart start, std::unique_ptr<LogReader> log,
                        std::shared_ptr<Lookups> lookups, journal_actor journal,
                        SnapshotSink snapshots) {
  return spawn_as<WorldActor>(system, threading, std::move(meter), std::move(board),
                              std::move(start), std::move(log), std::move(lookups),
                              std::move(journal), std::move(snapshots));
}

}  // namespace horae
