#include "tools/replay/audit/finding.hpp"

namespace horae::replay {

Finding finding_of(std::uint64_t seq, const Fault& fault, const std::string& wanted) {
  static constexpr std::string_view first = ": wanted ";
  static constexpr std::string_view second = ", got ";
  const auto& text = fault.what;
  const auto middle = text.find(first);
  const auto end = middle == std::string::npos ? middle : text.find(second, middle);
  if (end == std::string::npos) return {Trouble::log_corrupt, seq, "record", wanted, text};
  const auto begin = middle + first.size();
  return {Trouble::log_corrupt, seq, text.substr(0, middle), text.substr(begin, end - begin),
          text.substr(end + second.size())};
}

std::string to_text(const Finding& finding) {
  return "record " + std::to_string(finding.seq) + ": " + finding.what + ": wanted " +
         finding.wanted + ", got " + finding.got;
}

tl::unexpected<Failure> refuse_record(std::uint64_t seq, const Fault& fault,
                                      const std::string& wanted) {
  return refuse(Trouble::log_corrupt, to_text(finding_of(seq, fault, wanted)));
}

}  // namespace horae::replay
