#!/usr/bin/env bash
# The story of Holdfast with real programs and real output: a dangerous command is refused, 1,000 orders are
# written and acknowledged and can be restored anywhere; then Redis is killed, its data deleted, and started
# empty: a moment later every order is there again, without anybody's hand.
#
#   deploy/demo/demo.sh [HOLDFAST_PROGRAM]
#
# Needs redis-server, redis-cli and curl. Uses free ports of 127.0.0.1 and a temporary directory, and leaves
# neither a process nor a file behind. Ends with status 0 only if every check passed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/demo/servers.sh
source "$here/servers.sh"

holdfast=$(realpath "${1:-$here/../../build/release/holdfast}")
readonly ORDERS=1000
readonly METRICS='^holdfast_(journal_(durable_offset|lag_bytes|fdatasync_duration_seconds_(sum|count))'\
'|requests_total.* [1-9])'
redis_pid="" holdfast_pid="" restored_pid="" failures=0
work=$(mktemp -d -t holdfast-demo.XXXXXX)

cleanup() {
  local status=$?
  trap - EXIT INT TERM HUP
  stop_process "$holdfast_pid"
  stop_process "$redis_pid"
  stop_process "$restored_pid"
  if [[ $status -ne 0 && -s $work/holdfast.log ]]; then
    printf '\nThe last lines of Holdfast:\n'
    tail -n 20 "$work/holdfast.log"
  fi
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

bold="" plain=""
if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi

step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

fail() {
  echo "demo: $*" >&2
  exit 1
}

# show COMMAND: prints a line of shell, runs it, shows its output indented and keeps it in $output.
show() {
  printf '  $ %s\n' "$1"
  output=$(bash -c "$1" 2>&1) || true
  [[ -z $output ]] || printf '    %s\n' "${output//$'\n'/$'\n    '}"
}

# check WHAT ACTUAL EXPECTED
check() {
  if [[ $2 == "$3" ]]; then
    printf '  ok: %s\n' "$1"
  else
    printf '  WRONG: %s: expected "%s", got "%s"\n' "$1" "$3" "$2"
    failures=$((failures + 1))
  fi
}

# start_redis PORT DIR OPTION...: a stock redis-server with its log beside its data; sets $started_pid.
start_redis() {
  local port=$1 dir=$2
  shift 2
  redis-server --port "$port" --bind 127.0.0.1 --dir "$dir" "$@" >"$work/redis-$port.log" 2>&1 &
  started_pid=$!
  disown "$started_pid"  # so that the shell does not report its death between the lines of the story
  wait_until 10 -p "$started_pid" redis-cli -p "$port" ping || {
    cat "$work/redis-$port.log" >&2
    fail "redis-server did not start on port $port"
  }
}

[[ -x $holdfast ]] || fail "there is no program $holdfast; ./dev build makes it"
cd "$work"
mkdir redis
redis_port=$(free_port 0)
client_port=$(free_port 0)
admin_port=$(free_port 0)
restored_port=$(free_port 0)
ln -s "$holdfast" holdfast
PATH=$work:$PATH

step "1. A Redis without any persistence, and Holdfast in front of it"
start_redis "$redis_port" "$work/redis" --save '' --appendonly no --repl-diskless-sync-delay 0
redis_pid=$started_pid
cat >holdfast.toml <<TOML
[server]
admin = "127.0.0.1:$admin_port"
[upstream.main]
url = "redis://127.0.0.1:$redis_port"
[upstream.main.journal]
dir = "journal"
[environment.default]
listen = ["127.0.0.1:$client_port"]
TOML
show "cat holdfast.toml"
show "holdfast --version"
holdfast run --config holdfast.toml >holdfast.log 2>&1 &
holdfast_pid=$!
wait_until 30 -p "$holdfast_pid" curl -fs "http://127.0.0.1:$admin_port/readyz" ||
  fail "Holdfast is not ready: $(curl -s "http://127.0.0.1:$admin_port/readyz")"
show "redis-cli -p $client_port ping"
check "Holdfast answers" "$output" PONG

step "2. What would hurt is refused"
show "redis-cli -p $client_port flushall"
check "FLUSHALL is refused by policy" "${output%% *}" NOPERM
show "redis-cli -p $client_port keys '*'"
check "KEYS is refused by policy" "${output%% *}" NOPERM

step "3. $ORDERS orders are written; each is acknowledged only when it is on disk in the journal"
for ((i = 1; i <= ORDERS; i++)); do
  echo "SET order:$i paid;customer=$((i * 7919 % 1000));cents=$((i * 104729 % 100000))"
done >orders.txt
show "tail -n 2 orders.txt"
show "redis-cli -p $client_port --pipe < orders.txt"
check "every order is acknowledged" "${output##*$'\n'}" "errors: 0, replies: $ORDERS"

step "4. The journal can be restored at any time, into any stock redis-server"
show "holdfast restore --journal journal --to latest --out restored"
echo "  \$ redis-server --port $restored_port --dir restored --appendonly yes &"
start_redis "$restored_port" "$work/restored" --appendonly yes
restored_pid=$started_pid
wait_until 30 bash -c "redis-cli -p $restored_port info persistence | grep -q '^loading:0'" ||
  fail "the restored redis-server does not finish loading"
show "redis-cli -p $restored_port dbsize"
check "all $ORDERS orders are there" "$output" "$ORDERS"
cut -d' ' -f3 orders.txt >written.txt
show "redis-cli -p $restored_port mget \$(cut -d' ' -f2 orders.txt) > found.txt; wc -l < found.txt"
show "cmp written.txt found.txt && echo identical"
check "and every one has its content" "$output" identical

step "5. What the metrics say about it"
show "curl -s http://127.0.0.1:$admin_port/metrics | grep -E '$METRICS'"
step "6. Redis disappears, and all that it had with it"
show "kill -KILL $redis_pid; rm -r redis"
redis_pid=""
wait_until 10 bash -c "! curl -fs http://127.0.0.1:$admin_port/readyz" || fail "Holdfast did not notice"
show "redis-cli -p $client_port get order:1"
check "nobody is told that the order does not exist" "${output%% *}" MASTERDOWN
show "curl -s http://127.0.0.1:$admin_port/readyz"

step "7. It is started again, empty, and Holdfast gives it its data back"
mkdir redis
echo "  \$ redis-server --port $redis_port --save '' --appendonly no &"
begun=$(date +%s%N)
start_redis "$redis_port" "$work/redis" --save '' --appendonly no --repl-diskless-sync-delay 0
redis_pid=$started_pid
wrong=0
until [[ $(redis-cli -p "$client_port" get order:1 2>&1) == paid* ]]; do
  # Whoever asks meanwhile is told to wait; nobody is told that there is no such order.
  [[ $(redis-cli -p "$client_port" get "order:$ORDERS" 2>&1) =~ ^(LOADING|MASTERDOWN|paid) ]] ||
    wrong=$((wrong + 1))
  (($(date +%s%N) - begun < 30000000000)) ||
    fail "Redis did not get its data back: $(tail -n 3 holdfast.log)"
done
took=$((($(date +%s%N) - begun) / 1000000))
show "redis-cli -p $client_port dbsize"
check "all $ORDERS orders are there again" "$output" "$ORDERS"
show "redis-cli -p $client_port mget \$(cut -d' ' -f2 orders.txt) > found.txt; wc -l < found.txt"
show "cmp written.txt found.txt && echo identical"
check "and every one has its content" "$output" identical
check "nobody was told that an order does not exist" "$wrong" 0
show "redis-cli -p $client_port set order:$((ORDERS + 1)) paid"
check "writes are acknowledged again" "$output" OK
show "curl -s http://127.0.0.1:$admin_port/metrics | grep -E '^holdfast_journal_recoveries_total.* [1-9]'"
echo "  From the start of the empty redis-server to the first order read back: $took ms."

status=0
kill -TERM "$holdfast_pid"
wait "$holdfast_pid" || status=$?
holdfast_pid=""
check "Holdfast ends cleanly" "$status" 0

echo
if [[ $failures -gt 0 ]]; then
  fail "$failures of the checks above went wrong"
fi
echo "${bold}Redis was lost with all its data; not one acknowledged order was.${plain}"
