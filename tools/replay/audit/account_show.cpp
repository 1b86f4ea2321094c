#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/words.hpp"
#include "tools/replay/audit/account.hpp"
#include "tools/replay/show.hpp"

// How an account looks. Nothing but the log and what was asked goes into it, so that the same
// question gives the same bytes wherever it is asked.
namespace horae::replay {
namespace {

namespace json = boost::json;

std::string metis(const std::optional<U256>& wei) { return wei ? metis_words(*wei) : "unknown"; }
std::string wei(const std::optional<U256>& amount) { return amount ? to_decimal(*amount) : ""; }

std::string time_of(const Account& account, bool end) {
  if (end) return account.to_ms == UINT64_MAX ? "the log's end" : show_time(account.to_ms);
  return account.from_ms == 0 ? "the log's beginning" : show_time(account.from_ms);
}

// L1's, where the booking is L1's.
std::uint64_t time_of(const Booking& booking) {
  return booking.l1_time_ms.value_or(booking.time_ms);
}

bool has_l1(const Booking& booking) { return !booking.txn.is_zero(); }

json::value to_value(const std::optional<U256>& amount) {
  return amount ? json::value(to_decimal(*amount)) : json::value(nullptr);
}
json::object to_json(const Balance& balance) {
  return {{"locked", to_decimal(balance.locked)}, {"reward", to_value(balance.reward)}};
}

}  // namespace

std::string to_text(const Account& account) {
  auto out = fmt::format(
      "Account of sequencer {}, {} to {}, by L1's time, in METIS\n"
      "records {} to {}, record hash {}\n\n"
      "opening      locked {}, reward {}\n",
      to_decimal(account.sequencer), time_of(account, false), time_of(account, true),
      account.opened_seq + 1, account.closed_seq, to_hex(account.closed_hash),
      metis(account.opening.locked), metis(account.opening.reward));
  for (const auto& each : account.bookings) {
    out += fmt::format("{}  record {}  {}{}\n", show_time(time_of(each)), each.seq, each.event,
                       each.detail.empty() ? "" : " (" + each.detail + ")");
    if (each.amount) {
      out += fmt::format("             {} from {} to {}\n", metis(each.amount), each.from, each.to);
    }
    if (has_l1(each)) {
      out += fmt::format("             L1 block {}, log {}, transaction {}\n", each.l1_block,
                         each.log_index, to_hex(each.txn));
    }
    if (each.amount || has_l1(each)) {
      out += fmt::format("             locked {}, reward {}\n", metis(each.after.locked),
                         metis(each.after.reward));
    }
  }
  out += fmt::format("closing      locked {}, reward {}\n", metis(account.closing.locked),
                     metis(account.closing.reward));
  for (const auto& each : account.disagreements) out += "does not balance: " + each + "\n";
  if (account.disagreements.empty()) out += "balances     bookings and fold agree to the wei\n";
  return out;
}

std::string to_csv(const Account& account) {
  std::string out =
      "time,record,event,from,to,amount_wei,locked_wei,reward_wei,l1_block,l1_log,l1_txn,detail,"
      "logged\n";
  out += fmt::format("{},{},opening,,,,{},{},,,,,\n",
                     account.from_ms == 0 ? "" : show_time(account.from_ms), account.opened_seq,
                     to_decimal(account.opening.locked), wei(account.opening.reward));
  for (const auto& each : account.bookings) {
    const bool l1 = has_l1(each);
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},\"{}\",{}\n", show_time(time_of(each)),
                       each.seq, each.event, each.from, each.to, wei(each.amount),
                       to_decimal(each.after.locked), wei(each.after.reward),
                       l1 ? std::to_string(each.l1_block) : "",
                       l1 ? std::to_string(each.log_index) : "", l1 ? to_hex(each.txn) : "",
                       each.detail, show_time(each.time_ms));
  }
  return out + fmt::format("{},{},closing,,,,{},{},,,,,\n",
                           account.to_ms == UINT64_MAX ? "" : show_time(account.to_ms),
                           account.closed_seq, to_decimal(account.closing.locked),
                           wei(account.closing.reward));
}

json::object to_json(const Account& account) {
  json::array bookings;
  for (const auto& each : account.bookings) {
    json::object shown{
        {"seq", each.seq},
        {"time", each.time_ms},
        {"l1Time", each.l1_time_ms ? json::value(*each.l1_time_ms) : json::value(nullptr)},
        {"event", each.event},
        {"detail", each.detail},
        {"from", each.from},
        {"to", each.to},
        {"amount", to_value(each.amount)},
        {"after", to_json(each.after)}};
    if (has_l1(each)) {
      shown["l1"] = {
          {"block", each.l1_block}, {"logIndex", each.log_index}, {"txn", to_hex(each.txn)}};
    }
    bookings.push_back(std::move(shown));
  }
  const bool open_end = account.to_ms == UINT64_MAX;
  return {
      {"sequencer", to_decimal(account.sequencer)},
      {"from", account.from_ms},
      {"to", open_end ? json::value(nullptr) : json::value(account.to_ms)},
      {"openedSeq", account.opened_seq},
      {"closedSeq", account.closed_seq},
      {"closedHash", to_hex(account.closed_hash)},
      {"opening", to_json(account.opening)},
      {"bookings", std::move(bookings)},
      {"closing", to_json(account.closing)},
      {"balances", account.disagreements.empty()},
      {"disagreements", json::array(account.disagreements.begin(), account.disagreements.end())}};
}

}  // namespace horae::replay
