# shellcheck shell=bash
# Small helpers for scripts that start servers: free ports, waiting, ending by pid. Sourced, not run.

# free_port PREFERRED: a TCP port of 127.0.0.1 on which nothing listens; PREFERRED if it is such (0: any).
free_port() {
  local port=$1
  while [[ $port -eq 0 ]] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((20000 + RANDOM % 12000))  # below the range from which Linux takes ports for connections
  done
  echo "$port"
}

# wait_until SECONDS [-p PID] COMMAND...: polls until the command succeeds. Fails after the time, or as soon
# as the process PID has ended.
wait_until() {
  local deadline=$((SECONDS + $1)) pid=""
  shift
  if [[ $1 == -p ]]; then
    pid=$2
    shift 2
  fi
  until "$@" >/dev/null 2>&1; do
    [[ $SECONDS -lt $deadline ]] || return 1
    [[ -z $pid ]] || kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
}

# stop_process PID: asks a process that this shell started to end and waits until it has; after half a minute
# it is ended (a redis-server that cannot write its snapshot refuses to go). Empty: none.
stop_process() {
  [[ -n $1 ]] || return 0
  kill -TERM "$1" 2>/dev/null || return 0
  local deadline=$((SECONDS + 30))
  while kill -0 "$1" 2>/dev/null; do
    [[ $SECONDS -lt $deadline ]] || kill -KILL "$1" 2>/dev/null || true
    sleep 0.05
  done
}
