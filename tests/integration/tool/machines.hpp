#pragma once

// Machines that the tests run, with nothing outside.

// Puts what the settings hold into the data; needs `n`.
inline constexpr const char* greeting = R"(name: greeting
resources:
  settings: {type: dict, data: {word: hello}}
networks:
  - name: main
    initial: greet
    states:
      - name: greet
        resources: [settings]
        functions:
          transform:
            - {call: settings.get, with: {key: word}, into: .word}
        arcs:
          - {target: large, condition: '.n > 100'}
          - {target: done}
      - {name: large, type: final, success: false}
      - {name: done, type: final}
)";

// Takes a quarter of a second a record.
inline constexpr const char* slow = R"(name: slow
resources:
  work: {type: dict, delays: {step: 250ms}}
networks:
  - name: main
    initial: work
    states:
      - name: work
        resources: [work]
        functions:
          transform:
            - {call: work.step, with: {}}
        arcs: [{target: done}]
      - {name: done, type: final}
)";

// Takes an hour a record, unless it is cancelled.
inline constexpr const char* endless = R"(name: endless
resources:
  work: {type: dict, delays: {step: 1h}}
networks:
  - name: main
    initial: work
    states:
      - name: work
        resources: [work]
        functions:
          transform:
            - {call: work.step, with: {}}
        arcs: [{target: done}]
      - {name: done, type: final}
)";
