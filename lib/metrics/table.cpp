// Metrics as a table for people.

#include <leasehold/metrics.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace leasehold {

namespace {

// "1.23ms": three significant digits are enough to read, and columns stay narrow.
std::string shown(const DurationSummary& of, Duration value) {
  if (of.count == 0) return "-";
  Duration::rep step = 1;
  while (value.count() / step >= 1000) step *= 10;
  return format_duration(Duration((value.count() + step / 2) / step * step));
}

// A name on one line, whatever is in it.
std::string one_line(const std::string& name) {
  std::string line;
  for (const char c : name) {
    const auto code = static_cast<unsigned char>(c);
    line += code < 0x20 || code == 0x7f ? fmt::format("\\x{:02x}", code) : std::string(1, c);
  }
  return line;
}

using Row = std::vector<std::string>;

Row row_of(const std::string& resource, const ResourceMetrics& m) {
  return {one_line(resource),          fmt::to_string(m.acquisitions), fmt::to_string(m.failures),
          fmt::to_string(m.waits),     shown(m.wait, m.wait.p99),      shown(m.hold, m.hold.p50),
          shown(m.hold, m.hold.p99),   fmt::to_string(m.peak_active),  fmt::to_string(m.created),
          fmt::to_string(m.operations)};
}

}  // namespace

std::string to_table(const std::map<std::string, ResourceMetrics>& all) {
  std::vector<Row> rows = {{"resource", "acquired", "failed", "waited", "wait p99", "hold p50", "hold p99",
                            "peak", "created", "operations"}};
  for (const auto& [resource, metrics] : all) rows.push_back(row_of(resource, metrics));
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());

  std::string table;
  for (const Row& row : rows) {
    table += fmt::format("{:<{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) table += fmt::format("  {:>{}}", row[i], widths[i]);
    table += '\n';
  }
  return table;
}

}  // namespace leasehold
