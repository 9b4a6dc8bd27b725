#!/usr/bin/env bash
# redis-cli through Holdfast: redis_cli.sh PORT. Ends with 0, or says what was wrong.
set -euo pipefail
port=$1

cli() { redis-cli -p "$port" "$@"; }

# expect TEXT COMMAND...: what redis-cli prints.
expect() {
  local expected=$1 got
  shift
  got=$("$@" 2>&1) || true
  [[ $got == "$expected" ]] || {
    printf 'redis_cli.sh: %s\n  expected: %s\n  printed:  %s\n' "$*" "$expected" "$got" >&2
    exit 1
  }
}

expect PONG cli ping
expect OK cli set k v
expect v cli get k
expect '"v"' cli --no-raw get k
expect '1) "a"' cli --no-raw -3 eval "return {'a'}" 0
expect '(integer) 1' cli --no-raw hset h f v
expect '1# "f" => "v"' cli --no-raw -3 hgetall h
expect "NOPERM holdfast: 'FLUSHALL' is blocked in environment 'default' (rule '@builtin')" cli flushall
expect 'in two' cli -n 2 eval "redis.call('SET','k','in two') return redis.call('GET','k')" 0
expect v cli get k
expect job cli eval "redis.call('RPUSH','queue','job') return 'job'" 0
expect $'queue\njob' cli blpop queue 1
expect '' cli blpop queue 0.01
expect 3 cli -x eval "return #ARGV[1]" 0 <<<"ab"
echo basic

# Commands from standard input, as in a session at the prompt.
expect $'OK\nQUEUED\nQUEUED\nOK\n2\n2' cli <<<$'multi\nset n 1\nincr n\nexec\nget n'
expect $'OK\nOK\nv2\nOK\nv' cli <<<$'select 2\nset k v2\nget k\nselect 0\nget k'
echo prompt

pipe_output=$(for i in $(seq 5000); do printf 'SET key:%d %d\r\n' "$i" "$i"; done | cli --pipe)
[[ $pipe_output == *"errors: 0, replies: 5000"* ]] || {
  echo "redis_cli.sh: --pipe printed: $pipe_output" >&2
  exit 1
}
expect 5000 cli get key:5000
expect 5000 bash -c "redis-cli -p $port --scan --pattern 'key:*' | wc -l"
echo pipe

# A subscriber prints what comes and is ended; what it is sent to is there before it is sent.
coproc SUBSCRIBER { exec redis-cli -p "$port" subscribe news 2>&1; }
subscriber=$SUBSCRIBER_PID
trap 'kill "$subscriber" 2>/dev/null || true' EXIT
for expected in subscribe news 1; do
  read -r -t 20 -u "${SUBSCRIBER[0]}" line && [[ $line == "$expected" ]] || {
    echo "redis_cli.sh: SUBSCRIBE printed '${line:-}' instead of '$expected'" >&2
    exit 1
  }
done
expect 1 cli publish news hello
for expected in message news hello; do
  read -r -t 20 -u "${SUBSCRIBER[0]}" line && [[ $line == "$expected" ]] || {
    echo "redis_cli.sh: the subscriber printed '${line:-}' instead of '$expected'" >&2
    exit 1
  }
done
echo pubsub
