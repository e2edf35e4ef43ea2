#include "logging.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>

namespace leasehold::tool {

namespace {

class BarSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit BarSink(ProgressBar& bar) : bar_(bar) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    bar_.print({line.data(), line.size()});
  }
  void flush_() override {}

  ProgressBar& bar_;
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

Logger make_logger(std::optional<LogLevel> level, ProgressBar& bar) {
  if (!level) return nullptr;
  const auto logger = std::make_shared<spdlog::logger>("leasehold", std::make_shared<BarSink>(bar));
  logger->set_pattern("%H:%M:%S.%e %l: %v");
  logger->set_level(level_of(*level));
  return [logger](LogLevel of, std::string_view message) { logger->log(level_of(of), message); };
}

}  // namespace leasehold::tool
