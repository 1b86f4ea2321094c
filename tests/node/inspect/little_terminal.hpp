#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace horae::test {

/// What a terminal shows that is sent text and the control sequences that ncurses sends to an xterm
/// or a vt100. Of styles it knows nothing.
class LittleTerminal {
 public:
  LittleTerminal(std::size_t rows, std::size_t columns) { resize(rows, columns); }

  void resize(std::size_t rows, std::size_t columns) {
    cells_.assign(rows, std::vector<std::string>(columns, " "));
    row_ = column_ = top_ = 0;
    bottom_ = rows - 1;
  }

  void take(const std::string& bytes) {
    pending_ += bytes;
    while (!pending_.empty()) {
      const auto used = take_one();
      if (used == 0) return;  // the rest is still to come
      pending_.erase(0, used);
    }
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& row : cells_) {
      out.emplace_back();
      for (const auto& cell : row) out.back() += cell;
    }
    return out;
  }
  [[nodiscard]] bool shows(const std::string& words) const {
    return std::ranges::any_of(
        lines(), [&](const auto& line) { return line.find(words) != std::string::npos; });
  }
  /// The last sequence that it did not know.
  [[nodiscard]] const std::string& unknown() const { return unknown_; }

 private:
  std::size_t take_one() {
    const auto first = static_cast<unsigned char>(pending_[0]);
    if (first == 0x1b) return take_escape();
    if (first == '\r') column_ = 0;
    if (first == '\n') line_feed();
    if (first == '\b' && column_ > 0) --column_;
    if (first < 0x20) return 1;
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (pending_.size() < length) return 0;
    put(pending_.substr(0, length));
    return length;
  }

  void put(std::string cell) {
    last_ = std::move(cell);
    if (column_ >= cells_[row_].size()) {
      column_ = 0;
      line_feed();
    }
    cells_[row_][column_++] = last_;
  }

  void line_feed() {
    if (row_ == bottom_) {
      scroll(top_, 1);
    } else {
      row_ = std::min(row_ + 1, cells_.size() - 1);
    }
  }
  // Takes lines away at a place; those below it come up.
  void scroll(std::size_t at, std::size_t lines) {
    for (; lines > 0 && at <= bottom_; --lines) {
      cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(at));
      cells_.insert(cells_.begin() + static_cast<std::ptrdiff_t>(bottom_), empty());
    }
  }
  void scroll_down(std::size_t at, std::size_t lines) {
    for (; lines > 0 && at <= bottom_; --lines) {
      cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(bottom_));
      cells_.insert(cells_.begin() + static_cast<std::ptrdiff_t>(at), empty());
    }
  }
  [[nodiscard]] std::vector<std::string> empty() const {
    return std::vector<std::string>(cells_[0].size(), " ");
  }

  std::size_t take_escape() {
    if (pending_.size() < 2) return 0;
    if (pending_[1] == '(' || pending_[1] == ')') return pending_.size() < 3 ? 0 : 3;
    if (pending_[1] == 'M' && row_ == top_) {
      scroll_down(top_, 1);
    } else if (pending_[1] == 'M' && row_ > 0) {
      --row_;
    }
    if (pending_[1] != '[') return 2;  // keypad, save, restore
    const auto end = std::find_if(pending_.begin() + 2, pending_.end(),
                                  [](char c) { return c >= '@' && c <= '~'; });
    if (end == pending_.end()) return 0;
    std::vector<std::size_t> numbers{0};
    for (auto at = pending_.begin() + 2; at != end; ++at) {
      if (*at == ';') numbers.push_back(0);
      if (*at >= '0' && *at <= '9') {
        numbers.back() = numbers.back() * 10 + static_cast<std::size_t>(*at - '0');
      }
    }
    control(*end, numbers);
    return static_cast<std::size_t>(end - pending_.begin()) + 1;
  }

  void control(char what, const std::vector<std::size_t>& numbers) {
    const auto n = std::max<std::size_t>(numbers[0], 1);
    auto& row = cells_[row_];
    const auto from = std::min(column_, row.size());
    const auto blank = [&](std::size_t begin, std::size_t end) {
      std::fill(row.begin() + static_cast<std::ptrdiff_t>(begin),
                row.begin() + static_cast<std::ptrdiff_t>(std::min(end, row.size())), " ");
    };
    switch (what) {
      case 'H':
        row_ = n - 1;
        column_ = numbers.size() > 1 ? std::max<std::size_t>(numbers[1], 1) - 1 : 0;
        break;
      case 'J':
        blank(numbers[0] == 0 ? from : 0, row.size());
        for (std::size_t r = numbers[0] == 0 ? row_ + 1 : 0; r < cells_.size(); ++r) {
          std::ranges::fill(cells_[r], " ");
        }
        break;
      case 'K':
        blank(numbers[0] == 0 ? from : 0, numbers[0] == 1 ? from + 1 : row.size());
        break;
      case 'X':
        blank(from, from + n);
        break;
      case 'P':
        row.erase(row.begin() + static_cast<std::ptrdiff_t>(from),
                  row.begin() + static_cast<std::ptrdiff_t>(std::min(from + n, row.size())));
        row.resize(cells_[0].size() == row.size() ? row.size() : row.size() + n, " ");
        break;
      case '@':
        row.insert(row.begin() + static_cast<std::ptrdiff_t>(from), n, " ");
        row.resize(row.size() - n);
        break;
      case 'b':
        for (std::size_t i = 0; i < n; ++i) put(last_);
        break;
      case 'd':
        row_ = n - 1;
        break;
      case 'G':
        column_ = n - 1;
        break;
      case 'A':
        row_ -= std::min(row_, n);
        break;
      case 'B':
        row_ += n;
        break;
      case 'C':
        column_ += n;
        break;
      case 'D':
        column_ -= std::min(column_, n);
        break;
      case 'M':
        scroll(row_, n);
        break;
      case 'L':
        scroll_down(row_, n);
        break;
      case 'S':
        scroll(top_, n);
        break;
      case 'T':
        scroll_down(top_, n);
        break;
      case 'r':
        top_ = n - 1;
        bottom_ = std::min(numbers.size() > 1 ? numbers[1] : cells_.size(), cells_.size()) - 1;
        row_ = column_ = 0;
        break;
      case 'm':
      case 'h':
      case 'l':
      case 't':
        break;
      default:
        unknown_ = what;
    }
    row_ = std::min(row_, cells_.size() - 1);
    column_ = std::min(column_, cells_[0].size());
  }

  std::vector<std::vector<std::string>> cells_;
  std::size_t row_ = 0, column_ = 0;
  std::size_t top_ = 0, bottom_ = 0;  // of what scrolls
  std::string pending_, last_ = " ", unknown_;
};

}  // namespace horae::test
