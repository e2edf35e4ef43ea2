// Language models that answer at once and always the same: a summary that repeats the numbers of the prompt.
// OpenAI-compatible, Anthropic's and Ollama's ways of asking. Some names of models misbehave:
//   busy        429 with Retry-After: 0, twice       throttled   429 without Retry-After, always
//   overlong    the prompt is too long               refuser     declines to answer
//   broken      500                                  chatty      prose even where JSON was asked for
//   hanging     streams all but the end, and waits    cutting     streams all but the end, and leaves
//   tools       calls the first tool offered

#include <atomic>
#include <cctype>
#include <memory>
#include <standin/routes.hpp>

namespace leasehold::standin {

namespace {

using nlohmann::json;

std::vector<std::string> numbers_in(const std::string& text) {
  std::vector<std::string> numbers(1);
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c))) {
      numbers.back() += c;
    } else if (!numbers.back().empty()) {
      numbers.emplace_back();
    }
  }
  if (numbers.back().empty()) numbers.pop_back();
  return numbers;
}

std::string text_of(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  for (const json& part : content)
    if (part.value("type", "") == "text") text += part.value("text", "");
  return text;
}

// What a question is, whoever's way it was asked in.
struct Question {
  std::string model;
  std::string prompt;  // the last message of the user
  bool wants_json = false;
  bool stream = false;
  std::string tool;  // the first offered
};

std::string summary_of(const Question& question) {
  const auto numbers = numbers_in(question.prompt);
  if (question.wants_json && question.model != "chatty") return json{{"numbers", numbers}}.dump();
  std::string text = "In short:";
  for (const std::string& number : numbers) text += " " + number;
  return numbers.empty() ? text + " nothing to count." : text + ".";
}

Question read_question(const json& body) {
  Question question{body.value("model", ""), "", false, body.value("stream", false), ""};
  for (const json& message : body.value("messages", json::array()))
    if (message.value("role", "") == "user") question.prompt = text_of(message.at("content"));
  question.wants_json =
      body.contains("response_format") || body.value("format", "") == "json" ||
      (body.contains("system") && text_of(body["system"]).find("JSON") != std::string::npos);
  for (const json& tool : body.value("tools", json::array())) {
    question.tool = tool.contains("function") ? tool["function"].value("name", "") : tool.value("name", "");
    break;
  }
  return question;
}

int tokens_of(const std::string& text) {
  return 1 + static_cast<int>(text.size() / 4);
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ' ') words.emplace_back();
    words.back() += c;
  }
  return words;
}

// Sends the pieces one by one, then ends; some models never send the last one.
void stream(httplib::Response& response, const char* type, std::vector<std::string> pieces,
            const std::string& model, Routes& routes) {
  const bool hang = model == "hanging";
  if (hang || model == "cutting") pieces.pop_back();
  response.set_chunked_content_provider(type, [pieces = std::move(pieces), hang, next = std::size_t(0),
                                               &routes](std::size_t, httplib::DataSink& sink) mutable {
    if (next < pieces.size()) {
      const std::string& piece = pieces[next++];
      return sink.write(piece.data(), piece.size());
    }
    if (hang) return routes.pause(std::chrono::hours(1));
    sink.done();
    return true;
  });
}

std::string event(const json& data, const std::string& name = "") {
  return (name.empty() ? "" : "event: " + name + "\r\n") + "data: " + data.dump() + "\r\n\r\n";
}

class Models {
 public:
  explicit Models(Routes& routes) : routes_(routes) {}

  // True if it answered with an error. `write` gives the provider's form of one.
  template <class Write>
  bool misbehaves(const Question& question, httplib::Response& response, const Write& write) {
    if (question.model == "busy" && busy_++ < 2) {
      response.set_header("Retry-After", "0");
      write(429, "rate_limit_exceeded", "slow down");
    } else if (question.model == "throttled") {
      write(429, "rate_limit_exceeded", "slow down");
    } else if (question.model == "overlong") {
      write(400, "context_length_exceeded", "prompt is too long: the maximum context length is 10 tokens");
    } else if (question.model == "broken") {
      write(500, "server_error", "it broke");
    } else {
      return false;
    }
    return true;
  }

  void openai(const httplib::Request& request, httplib::Response& response) {
    const json body = json::parse(request.body);
    const Question question = read_question(body);
    const auto fail = [&](int status, const char* code, const std::string& message) {
      answer_json(response, status, {{"error", {{"message", message}, {"type", "error"}, {"code", code}}}});
    };
    // As the real one does, the key is repeated in the error.
    const std::string key = request.get_header_value("Authorization");
    if (key.find("wrong") != std::string::npos) return fail(401, "invalid_api_key", "incorrect key: " + key);
    if (misbehaves(question, response, fail)) return;

    const std::string text = summary_of(question);
    const json usage = {{"prompt_tokens", tokens_of(question.prompt)},
                        {"completion_tokens", tokens_of(text)},
                        {"total_tokens", tokens_of(question.prompt) + tokens_of(text)}};
    const json head = {{"id", "chatcmpl-1"}, {"model", question.model}, {"created", 0}};
    if (question.stream) {
      std::vector<std::string> pieces = {": a comment\r\n\r\n"};
      for (const std::string& word : words_of(text)) {
        json piece = head;
        piece["choices"] =
            json::array({{{"index", 0}, {"delta", {{"content", word}}}, {"finish_reason", nullptr}}});
        pieces.push_back(event(piece));
      }
      json last = head;
      last["choices"] = json::array({{{"index", 0}, {"delta", json::object()}, {"finish_reason", "stop"}}});
      json counted = head;
      counted["choices"] = json::array();
      counted["usage"] = usage;
      pieces.insert(pieces.end(), {event(last), event(counted), "data: [DONE]\r\n\r\n"});
      return stream(response, "text/event-stream", std::move(pieces), question.model, routes_);
    }
    json message = {{"role", "assistant"}, {"content", text}};
    std::string reason = "stop";
    if (question.model == "refuser")
      message = {{"role", "assistant"}, {"content", nullptr}, {"refusal", "no"}};
    if (question.model == "tools" && !question.tool.empty()) {
      reason = "tool_calls";
      message = {
          {"role", "assistant"},
          {"content", nullptr},
          {"tool_calls",
           json::array({{{"id", "call_1"},
                         {"type", "function"},
                         {"function", {{"name", question.tool}, {"arguments", R"({"city":"Graz"})"}}}}})}};
    }
    json reply = head;
    reply["object"] = "chat.completion";
    reply["choices"] = json::array({{{"index", 0}, {"message", message}, {"finish_reason", reason}}});
    reply["usage"] = usage;
    answer_json(response, 200, reply);
  }

  void anthropic(const httplib::Request& request, httplib::Response& response) {
    const Question question = read_question(json::parse(request.body));
    const auto fail = [&](int status, const char* code, const std::string& message) {
      const std::string type = status == 400 ? "invalid_request_error" : code;
      answer_json(response, status, {{"type", "error"}, {"error", {{"type", type}, {"message", message}}}});
    };
    if (!request.has_header("anthropic-version")) return fail(400, "", "anthropic-version is missing");
    if (request.get_header_value("x-api-key").empty()) return fail(401, "authentication_error", "x-api-key");
    if (misbehaves(question, response, fail)) return;

    const std::string text = summary_of(question);
    if (question.stream) {
      std::vector<std::string> pieces = {
          event({{"type", "message_start"},
                 {"message", {{"id", "msg_1"}, {"usage", {{"input_tokens", tokens_of(question.prompt)}}}}}},
                "message_start"),
          event({{"type", "content_block_start"},
                 {"index", 0},
                 {"content_block", {{"type", "text"}, {"text", ""}}}},
                "content_block_start")};
      for (const std::string& word : words_of(text))
        pieces.push_back(event({{"type", "content_block_delta"},
                                {"index", 0},
                                {"delta", {{"type", "text_delta"}, {"text", word}}}},
                               "content_block_delta"));
      pieces.push_back(event({{"type", "message_delta"},
                              {"delta", {{"stop_reason", "end_turn"}}},
                              {"usage", {{"output_tokens", tokens_of(text)}}}},
                             "message_delta"));
      pieces.push_back(event({{"type", "message_stop"}}, "message_stop"));
      return stream(response, "text/event-stream", std::move(pieces), question.model, routes_);
    }
    json content = json::array({{{"type", "text"}, {"text", text}}});
    std::string reason = question.model == "refuser" ? "refusal" : "end_turn";
    if (question.model == "tools" && !question.tool.empty()) {
      reason = "tool_use";
      content.push_back(
          {{"type", "tool_use"}, {"id", "toolu_1"}, {"name", question.tool}, {"input", {{"city", "Graz"}}}});
    }
    answer_json(
        response, 200,
        {{"id", "msg_1"},
         {"type", "message"},
         {"role", "assistant"},
         {"model", question.model},
         {"content", content},
         {"stop_reason", reason},
         {"usage", {{"input_tokens", tokens_of(question.prompt)}, {"output_tokens", tokens_of(text)}}}});
  }

  void ollama(const httplib::Request& request, httplib::Response& response) {
    const json body = json::parse(request.body);
    Question question = read_question(body);
    question.stream = body.value("stream", true);  // as Ollama does unless told otherwise
    const auto fail = [&](int status, const char*, const std::string& message) {
      answer_json(response, status, {{"error", message}});
    };
    if (misbehaves(question, response, fail)) return;

    const std::string text = summary_of(question);
    const json end = {{"model", question.model},
                      {"done", true},
                      {"done_reason", "stop"},
                      {"prompt_eval_count", tokens_of(question.prompt)},
                      {"eval_count", tokens_of(text)}};
    if (question.stream) {
      std::vector<std::string> pieces;
      for (const std::string& word : words_of(text))
        pieces.push_back(json{{"model", question.model},
                              {"message", {{"role", "assistant"}, {"content", word}}},
                              {"done", false}}
                             .dump() +
                         "\n");
      json last = end;
      last["message"] = {{"role", "assistant"}, {"content", ""}};
      pieces.push_back(last.dump() + "\n");
      return stream(response, "application/x-ndjson", std::move(pieces), question.model, routes_);
    }
    json reply = end;
    reply["message"] = {{"role", "assistant"}, {"content", text}};
    if (question.model == "tools" && !question.tool.empty())
      reply["message"]["tool_calls"] =
          json::array({{{"function", {{"name", question.tool}, {"arguments", {{"city", "Graz"}}}}}}});
    answer_json(response, 200, reply);
  }

  // Three numbers a text: its length, its count of digits, and 1.
  static void embeddings(const httplib::Request& request, httplib::Response& response) {
    const json body = json::parse(request.body);
    json texts = body.at("input");
    if (texts.is_string()) texts = json::array({texts});
    json data = json::array();
    int tokens = 0;
    for (const json& text : texts) {
      const auto all = text.get<std::string>();
      data.push_back({{"index", data.size()},
                      {"embedding", {static_cast<double>(all.size()), numbers_in(all).size(), 1.0}}});
      tokens += tokens_of(all);
    }
    if (request.path == "/api/embed") {
      json vectors = json::array();
      for (const json& one : data) vectors.push_back(one["embedding"]);
      return answer_json(response, 200, {{"embeddings", vectors}, {"prompt_eval_count", tokens}});
    }
    answer_json(response, 200,
                {{"data", data}, {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
  }

 private:
  Routes& routes_;
  std::atomic<int> busy_ = 0;
};

}  // namespace

void add_models(Routes& routes) {
  const auto models = std::make_shared<Models>(routes);
  routes.post("/v1/chat/completions", [models](const auto& q, auto& a) { models->openai(q, a); });
  routes.post("/v1/messages", [models](const auto& q, auto& a) { models->anthropic(q, a); });
  routes.post("/api/chat", [models](const auto& q, auto& a) { models->ollama(q, a); });
  routes.post("/v1/embeddings", Models::embeddings);
  routes.post("/api/embed", Models::embeddings);
  for (const char* path : {"/v1/models", "/api/tags"})
    routes.get(path, [](const auto&, auto& a) { answer_json(a, 200, {{"data", json::array()}}); });
}

}  // namespace leasehold::standin
