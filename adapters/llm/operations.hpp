#pragma once

#include <leasehold/adapters/llm.hpp>

namespace leasehold {

// complete, chat, embed and usage for machines.
Operations llm_operations();

std::vector<LlmMessage> read_messages(const nlohmann::json& messages);
ChatOptions read_chat_options(const nlohmann::json& arguments, const OperationContext& context);

// {"text", "stop_reason", "usage"}, and "json" or "tool_calls" where there are any.
nlohmann::json write_reply(const ChatReply& reply, bool with_json);
nlohmann::json write_usage(const LlmUsage& usage);

}  // namespace leasehold
