#!/usr/bin/env bash
# The main job: imports the countries of the world and their subdivisions.
# demo.sh BUILD WORK: with the programs of the build folder, into the work folder, which is emptied first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$1
work=$2
leasehold=$build/tools/leasehold/leasehold
standin=$build/tests/standin/leasehold-standin

rm -rf "$work"
mkdir -p "$work"

# In a session of its own: Ctrl-C is for the import, which drains and still needs the service.
setsid "$standin" --port 0 --port-file "$work/port" >/dev/null &
service=$!
trap 'kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  [[ -s $work/port ]] && break
  kill -0 "$service" 2>/dev/null || { echo "demo: the stand-in service did not start" >&2; exit 1; }
  sleep 0.05
done
[[ -s $work/port ]] || { echo "demo: the stand-in service named no port within 5 s" >&2; exit 1; }

export ISO_CODES=/usr/share/iso-codes/json
export COUNTRIES_DB=$work/countries.db REPORT_DIR=$work FACTS_URL=http://127.0.0.1:$(<"$work/port")

echo "importing $ISO_CODES/iso_3166-{1,2}.json into $work/countries.db" >&2
"$leasehold" run configs/country_import.yaml --input "$ISO_CODES/iso_3166-1.json" --records /3166-1 --jobs 4 \
  --output "$work/results.jsonl"

"$leasehold" run configs/country_report.yaml --quiet --output "$work/report.jsonl" || {
  echo "demo: the counts differ, see $work/country_report.json" >&2
  cat "$work/report.jsonl" >&2
  exit 1
}

echo
echo "$work/country_report.json:"
cat "$work/country_report.json"
echo
for table in country:iso_3166-1 subdivision:iso_3166-2; do
  IFS=: read -r name file <<<"$table"
  in_database=$(sqlite3 "$COUNTRIES_DB" "SELECT count(*) FROM $name")
  in_file=$(grep -c '"code":\|"alpha_2":' "$ISO_CODES/$file.json")
  printf '%-12s %5d in the database, %5d in %s.json\n' "$name" "$in_database" "$in_file" "$file"
  ((in_database == in_file)) || exit 1
done
echo "the counts match"
