#include "command_line.hpp"

#include <cstdio>

using namespace leasehold::tool;

int main(int argc, char** argv) {
  const auto parsed = parse_command_line(argc, argv);
  if (const Notice* notice = std::get_if<Notice>(&parsed)) {
    std::fputs(notice->text.c_str(), notice->status == ExitStatus::success ? stdout : stderr);
    return static_cast<int>(notice->status);
  }
  std::fputs("leasehold: this build has no verbs yet\n", stderr);
  return static_cast<int>(ExitStatus::usage);
}
