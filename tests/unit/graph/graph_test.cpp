#include <leasehold/fsm/graph.hpp>
#include <leasehold/fsm/machine.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace leasehold;
using namespace leasehold::fsm;

namespace {

// The pictures of a machine; its resources are of this test, so that nothing is opened.
struct Drawn {
  explicit Drawn(const std::string& yaml, const std::map<std::string, std::string>& environment = {}) {
    ResourceManager manager({.maintenance = false});
    for (const char* name : {"db", "files", "rates"})
      manager.register_provider(name, create_simple_provider(name, nlohmann::json::object()));
    LoadOptions options;
    options.environment = [&environment](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    const Machine machine = load_machine_text(yaml, manager, {}, options);
    dot = to_dot(machine);
    mermaid = to_mermaid(machine);
  }
  std::string dot, mermaid;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* flat = R"(name: import
networks:
  - name: main
    resources: [files]
    on_error: [{target: parked}]
    states:
      - name: load
        arcs: [{target: store}]
      - name: store
        resources: [{name: db, role: ledger}, {name: rates, required: false}]
        catch: [{errors: [breaker.open, timeout], target: parked}]
        arcs:
          - {target: parked}
          - {target: done, condition: '.stored > 0', priority: 5, resources: [files]}
      - {name: parked, type: final, success: false}
      - {name: done, type: final}
)";

constexpr const char* nested = R"(name: orders
networks:
  - name: orders
    states:
      - name: idle
        arcs: [{event: order.received, target: work}]
      - name: work
        type: parallel
        resources: [db]
        arcs:
          - {event: reset, target: pack}
          - {event: [done.state.work, skip], target: done}
        states:
          - name: pay
            states:
              - name: charge
                arcs:
                  - {after: 5s, target: paid}
                  - {event: bill, target_network: billing, return_state: paid}
              - {name: paid, type: final}
          - name: ship
            initial: pack
            arcs: [{event: pause, target: idle}]
            states:
              - {name: recent, type: history, deep: true, initial: pack}
              - {name: pack, arcs: [{event: ship, target: shipped}, {event: note, actions: [{raise: noted}]}]}
              - {name: shipped, type: final, arcs: []}
      - {name: done, type: final}
  - name: billing
    states:
      - {name: idle, arcs: [{target: done}]}
      - {name: done, type: final}
)";

}  // namespace

TEST_CASE("a flat machine in dot: resources on their states, faults dotted, finals doubled") {
  CHECK(Drawn(flat).dot == R"picture(digraph "import" {
  graph [label="import", labelloc=t, compound=true, fontname="Helvetica"]
  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica"]
  edge [fontname="Helvetica", fontsize=10]
  subgraph cluster_n0 {
    graph [label="main\nholds files", style=rounded, bgcolor=gray97]
    n0start [shape=point, width=0.15, fillcolor=black]
    n0fault [label="on error", shape=plaintext, fontcolor=red]
    n0s1 [label="load"]
    n0s2 [label="store\nholds db as ledger, rates (optional)"]
    n0s3 [label="parked\nfailed", peripheries=2, color=red, fontcolor=red]
    n0s4 [label="done", peripheries=2]
  }
  n0start -> n0s1
  n0s1 -> n0s2
  n0s2 -> n0s4 [label="[.stored > 0]\npriority 5\nholds files"]
  n0s2 -> n0s3
  n0s2 -> n0s3 [label="catch breaker.open, timeout", style=dotted, color=red, fontcolor=red]
  n0fault -> n0s3 [label="catch *", style=dotted, color=red, fontcolor=red]
}
)picture");
}

TEST_CASE("a flat machine in Mermaid") {
  CHECK(Drawn(flat).mermaid == R"picture(---
title: "import"
---
flowchart TB
  subgraph n0["main<br/>holds files"]
    n0start((" "))
    n0fault{{"on error"}}
    n0s1("load")
    n0s2("store<br/>holds db as ledger, rates (optional)")
    n0s3((("parked<br/>failed")))
    n0s4((("done")))
  end
  n0start --> n0s1
  n0s1 --> n0s2
  n0s2 -->|"[.stored #62; 0]<br/>priority 5<br/>holds files"| n0s4
  n0s2 --> n0s3
  n0s2 -.->|"catch breaker.open, timeout"| n0s3
  n0fault -.->|"catch #42;"| n0s3
  classDef start fill:black,stroke:black
  classDef fault stroke:red,color:red
  classDef parallel stroke-dasharray:5
  class n0start start
  class n0fault fault
  class n0s3 fault
  linkStyle 4,5 stroke:red,color:red
)picture");
}

TEST_CASE("nested and parallel states, history and pushes in dot") {
  CHECK(Drawn(nested).dot == R"picture(digraph "orders" {
  graph [label="orders", labelloc=t, compound=true, fontname="Helvetica"]
  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica"]
  edge [fontname="Helvetica", fontsize=10]
  subgraph cluster_n0 {
    graph [label="orders (main)", style=rounded, bgcolor=gray97]
    n0start [shape=point, width=0.15, fillcolor=black]
    n0s1 [label="idle"]
    n0s10 [label="done", peripheries=2]
    subgraph cluster_n0s2 {
      graph [label="work (parallel)\nholds db", style="rounded,dashed", bgcolor=white]
      n0s2start [shape=point, width=0.15, fillcolor=black]
      n0s2handle [label="", shape=circle, width=0.12, fixedsize=true]
      subgraph cluster_n0s3 {
        graph [label="pay", style=rounded, bgcolor=white]
        n0s3start [shape=point, width=0.15, fillcolor=black]
        n0s4 [label="charge"]
        n0s5 [label="paid", peripheries=2]
      }
      subgraph cluster_n0s6 {
        graph [label="ship", style=rounded, bgcolor=white]
        n0s6start [shape=point, width=0.15, fillcolor=black]
        n0s7 [label="H*", shape=circle, margin=0]
        n0s8 [label="pack"]
        n0s9 [label="shipped", peripheries=2]
      }
    }
  }
  subgraph cluster_n1 {
    graph [label="billing", style=rounded, bgcolor=gray97]
    n1start [shape=point, width=0.15, fillcolor=black]
    n1s1 [label="idle"]
    n1s2 [label="done", peripheries=2]
  }
  n0start -> n0s1
  n0s1 -> n0s2start [label="order.received", lhead=cluster_n0s2]
  n0s2start -> n0s3start [lhead=cluster_n0s3]
  n0s2start -> n0s6start [lhead=cluster_n0s6]
  n0s2handle -> n0s8 [label="reset"]
  n0s2start -> n0s10 [label="done.state.work, skip", ltail=cluster_n0s2]
  n0s3start -> n0s4
  n0s4 -> n0s5 [label="after 5s"]
  n0s4 -> n1start [label="bill\npush billing", style=dashed, lhead=cluster_n1]
  n0s4 -> n0s5 [label="back from billing", style=dashed]
  n0s6start -> n0s8
  n0s6start -> n0s1 [label="pause", ltail=cluster_n0s6]
  n0s7 -> n0s8
  n0s8 -> n0s9 [label="ship"]
  n0s8 -> n0s8 [label="note\nstays\n/ raise noted"]
  n1start -> n1s1
  n1s1 -> n1s2
}
)picture");
}

TEST_CASE("nested and parallel states, history and pushes in Mermaid") {
  CHECK(Drawn(nested).mermaid == R"picture(---
title: "orders"
---
flowchart TB
  subgraph n0["orders (main)"]
    n0start((" "))
    n0s1("idle")
    n0s10((("done")))
    subgraph n0s2["work (parallel)<br/>holds db"]
      n0s2start((" "))
      n0s2handle((" "))
      subgraph n0s3["pay"]
        n0s3start((" "))
        n0s4("charge")
        n0s5((("paid")))
      end
      subgraph n0s6["ship"]
        n0s6start((" "))
        n0s7(("H#42;"))
        n0s8("pack")
        n0s9((("shipped")))
      end
    end
  end
  subgraph n1["billing"]
    n1start((" "))
    n1s1("idle")
    n1s2((("done")))
  end
  n0start --> n0s1
  n0s1 -->|"order.received"| n0s2
  n0s2start --> n0s3
  n0s2start --> n0s6
  n0s2handle -->|"reset"| n0s8
  n0s2 -->|"done.state.work, skip"| n0s10
  n0s3start --> n0s4
  n0s4 -->|"after 5s"| n0s5
  n0s4 -.->|"bill<br/>push billing"| n1
  n0s4 -.->|"back from billing"| n0s5
  n0s6start --> n0s8
  n0s6 -->|"pause"| n0s1
  n0s7 --> n0s8
  n0s8 -->|"ship"| n0s9
  n0s8 -->|"note<br/>stays<br/>/ raise noted"| n0s8
  n1start --> n1s1
  n1s1 --> n1s2
  classDef start fill:black,stroke:black
  classDef fault stroke:red,color:red
  classDef parallel stroke-dasharray:5
  class n0start start
  class n0s2start start
  class n0s3start start
  class n0s6start start
  class n0s2 parallel
  class n1start start
)picture");
}

TEST_CASE("texts of the document stay texts in both languages") {
  const Drawn drawn(R"(name: "a \"b\" c"
networks:
  - name: "x|y <&> #1;"
    states:
      - name: end
        arcs:
          - {target: "größe \\N", condition: '.style == ":x" and (.a | test("<b>`*_*`"))'}
          - {target: subgraph}
      - name: "größe \\N"
        arcs: [{target: subgraph}]
      - {name: subgraph, type: final}
)");
  CHECK(has(drawn.dot, R"(digraph "a \"b\" c" {)"));
  CHECK(has(drawn.dot, R"(graph [label="x|y <&amp;> #1;", )"));
  CHECK(has(drawn.dot, R"(n0s1 [label="end"])"));
  CHECK(has(drawn.dot, R"(n0s2 [label="größe \\N"])"));
  CHECK(has(drawn.dot, R"(n0s1 -> n0s2 [label="[.style == \":x\" and (.a | test(\"<b>`*_*`\"))]"])"));

  CHECK(has(drawn.mermaid, R"(title: "a \"b\" c")"));
  CHECK(has(drawn.mermaid, R"(subgraph n0["x#124;y #60;#38;#62; #35;1#59;"])"));
  CHECK(has(drawn.mermaid, R"x(n0s1("end"))x"));
  CHECK(has(drawn.mermaid, R"x(n0s2("größe #92;N"))x"));
  CHECK(has(drawn.mermaid, R"x(n0s3((("subgraph"))))x"));
  CHECK(has(drawn.mermaid,
            R"(|"[.style == #34;#58;x#34; and (.a #124; test(#34;#60;b#62;#96;#42;_#42;#96;#34;))]"|)"));
}

TEST_CASE("a long condition is cut at a character, on one line") {
  std::string name;
  for (int i = 0; i < 70; ++i) name += "é";
  const Drawn drawn(
      "name: m\nnetworks:\n  - name: main\n    states:\n      - name: a\n        arcs:\n"
      "          - target: b\n            condition: |\n              .x ==\n                \"" +
      name + "\"\n          - {target: b}\n      - {name: b, type: final}\n");
  CHECK(has(drawn.dot, "label=\"[.x == \\\"" + name.substr(0, 2 * 53) + "…]\""));
}

TEST_CASE(
    "what an arc, an initial and a history do stands on their lines, without what comes from elsewhere") {
  const Drawn drawn(R"(name: m
networks:
  - name: main
    states:
      - name: a
        resources: [db]
        initial: {target: b, actions: [{jq: '.n = "${TOKEN}"'}, {raise: told}]}
        arcs:
          - {event: go, target: h, resources: [files], actions: [{send: late, after: 1s, id: x}, {cancel: x}]}
        states:
          - {name: b}
          - {name: h, type: history, initial: {target: b, actions: [{raise: "first"}, {raise: "second"}]}}
          - {name: c, type: history, arcs: [{target: b, actions: {raise: third}}]}
)",
                    {{"TOKEN", "hunter2"}});
  for (const char* line :
       {"n0start -> n0s1start [lhead=cluster_n0s1]", "n0s1start -> n0s2 [label=\"/ jq, raise told\"]",
        "n0s1handle -> n0s3 [label=\"go\\nholds files\\n/ send late, cancel\"]",
        "n0s3 -> n0s2 [label=\"/ raise first, raise second\"]", "n0s4 -> n0s2 [label=\"/ raise third\"]"})
    CHECK_MESSAGE(has(drawn.dot, std::string("  ") + line + "\n"), line << "\n" << drawn.dot);
  for (const char* line :
       {"n0s1start -->|\"/ jq, raise told\"| n0s2", "n0s3 -->|\"/ raise first, raise second\"| n0s2"})
    CHECK_MESSAGE(has(drawn.mermaid, std::string("  ") + line + "\n"), line << "\n" << drawn.mermaid);
}

TEST_CASE("states of one name in two networks are two") {
  const Drawn drawn(nested);
  for (const char* node : {"n0s1 [label=\"idle\"]", "n1s1 [label=\"idle\"]"}) CHECK(has(drawn.dot, node));
  for (const char* node : {"n0s1(\"idle\")", "n1s1(\"idle\")"}) CHECK(has(drawn.mermaid, node));
}

TEST_CASE("a line between a box and its inside ends at a node: borders cannot be drawn to from within") {
  const Drawn drawn(R"(name: m
networks:
  - name: main
    on_error: [{target: outer}]
    states:
      - name: outer
        catch: [{target: outer}]
        arcs:
          - {event: again, target: outer}
          - {event: pick, target: [inner], internal: true}
          - {event: push, target_network: main, target: last}
          - {event: leave, target: last}
        states:
          - {name: inner, arcs: [{event: up, target: outer}]}
      - {name: last, type: final}
)");
  for (const char* line : {
           "n0s1handle -> n0s1start [label=\"again\"]",
           "n0s1handle -> n0s2 [label=\"pick\\ninternal\"]",
           "n0s1handle -> n0s1start [label=\"catch *\", style=dotted, color=red, fontcolor=red]",
           "n0s1start -> n0start [label=\"push\\npush main\", style=dashed, ltail=cluster_n0s1]",
           "n0s1start -> n0s3 [label=\"back from main\", style=dashed, ltail=cluster_n0s1]",
           "n0s1start -> n0s3 [label=\"leave\", ltail=cluster_n0s1]",
           "n0s2 -> n0s1start [label=\"up\"]",
           "n0fault -> n0s1start [label=\"catch *\", style=dotted, color=red, fontcolor=red, "
           "lhead=cluster_n0s1]",
       })
    CHECK_MESSAGE(has(drawn.dot, std::string("  ") + line + "\n"), line << "\n" << drawn.dot);
  for (const char* line : {"n0s1handle -->|\"again\"| n0s1start", "n0s1 -.->|\"push<br/>push main\"| n0start",
                           "n0s2 -->|\"up\"| n0s1start", "n0s1 -->|\"leave\"| n0s3"})
    CHECK_MESSAGE(has(drawn.mermaid, std::string("  ") + line + "\n"), line << "\n" << drawn.mermaid);
}

TEST_CASE("what comes from the environment is in no picture: conditions stand there as written") {
  const Drawn drawn(R"(name: m
networks:
  - name: main
    states:
      - name: a
        arcs:
          - {target: b, condition: ".token == \"${TOKEN}\""}
          - {target: b, condition: {jq: ".n > ${LIMIT}"}}
          - {target: b, condition: {any: [".code == \"${TOKEN:-none}\"", {not: ".key == \"${TOKEN}\""}, true]}}
      - {name: b, type: final}
)",
                    {{"TOKEN", "hunter2"}, {"LIMIT", "90210"}});
  for (const std::string& picture : {drawn.dot, drawn.mermaid}) {
    CHECK_FALSE(has(picture, "hunter2"));
    CHECK_FALSE(has(picture, "90210"));
  }
  CHECK(has(drawn.dot, R"(label="[.token == \"${TOKEN}\"]")"));
  CHECK(has(drawn.dot, R"(label="[.n > ${LIMIT}]")"));
  CHECK(has(drawn.dot,
            R"x(label="[{\"any\":[\".code == \\\"${TOKEN:-none}\\\"\",{\"not\":\".key == \\\"${TO…]")x"));
}
