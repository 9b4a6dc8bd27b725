#include "policy/builtin_block_list.h"

#include <array>

namespace holdfast::policy {
namespace {

// Grouped by what is lost. Left out on purpose, each after a look:
// - CONFIG GET: redis-benchmark, client libraries and exporters ask it at start. It does show requirepass and
//   masterauth to whoever may ask, so an environment whose clients must not learn the upstream's password
//   blocks "config|get" itself.
// - BGSAVE and BGREWRITEAOF: fork and leave; backup jobs use them. SAVE, which does not fork, is here.
// - SCRIPT KILL and FUNCTION KILL: the way out of a script that never ends; the server refuses them once
//   the script has written.
// - FUNCTION LOAD and FUNCTION DELETE: how applications deploy, one library at a time.
// - CLIENT NO-EVICT: answered by Holdfast for its own session; Redis's links are not concerned.
// - SCAN, SORT, EVAL, OBJECT, MEMORY, INFO, CLIENT LIST, SLOWLOG GET, DUMP and RESTORE: daily work.
constexpr std::array kList = {
    // Data is gone, or is somewhere else.
    BuiltinBlock{"flushall",
                 "deletes every key of every database; the published takeover of an open server (2015) "
                 "begins with it"},
    BuiltinBlock{"flushdb", "deletes every key of the database; in the wrong terminal it is FLUSHALL"},
    BuiltinBlock{"swapdb",
                 "swaps two databases under every connected client: each reads and writes the wrong data"},
    BuiltinBlock{"migrate",
                 "moves keys to any host the caller names and deletes them here, blocking the server "
                 "until that host answers"},
    BuiltinBlock{"restore-asking", "writes a key past the slot checks; meant for the resharding tool only"},
    BuiltinBlock{"function|flush", "deletes every function library, on the replicas too"},
    BuiltinBlock{"function|restore", "with FLUSH replaces every function library by what the caller sends"},
    BuiltinBlock{"script|flush",
                 "empties the script cache of all applications: EVALSHA in their pipelines and "
                 "transactions fails with NOSCRIPT"},

    // The server stops, or stands still for everybody.
    BuiltinBlock{"shutdown", "stops the server; with NOSAVE, without saving"},
    BuiltinBlock{"keys",
                 "walks the whole keyspace on the one thread that serves everybody; the classic cause of "
                 "a Redis outage, and its manual warns of it (SCAN does the same in steps)"},
    BuiltinBlock{"debug",
                 "crashes, sleeps, reloads or rewrites internals: DEBUG SEGFAULT ends the server, DEBUG "
                 "SLEEP stops it"},
    BuiltinBlock{"save", "writes the whole dataset to disk before anybody is served again (BGSAVE forks)"},
    BuiltinBlock{"monitor",
                 "shows every client's keys and values to one, and by the manual's benchmark more than "
                 "halves the throughput"},
    BuiltinBlock{"client|pause",
                 "stops the writes, or all commands, of every client for as long as the caller says"},
    BuiltinBlock{"client|unpause", "ends the pause that a failover in progress relies on"},
    BuiltinBlock{"script|debug",
                 "in SYNC mode the server serves nobody else until the debugging session ends"},
    BuiltinBlock{"pfselftest", "a developers' self-test that occupies the server while it runs"},
    BuiltinBlock{"pfdebug", "a developers' tool that can change how a key is stored"},

    // The configuration and the security are somebody else's.
    BuiltinBlock{"config|set",
                 "changes the running server; by dir and dbfilename attackers write SSH keys and cron "
                 "jobs: Duo Labs found traces on 13,000 of 18,000 open servers in 2016"},
    BuiltinBlock{"config|rewrite", "makes whatever was set the configuration of the next start"},
    BuiltinBlock{"module|load",
                 "runs a shared library inside the server: the last step of the rogue-master attack"},
    BuiltinBlock{"module|loadex", "the same, with configuration"},
    BuiltinBlock{"module|unload", "takes away commands and data types in use"},
    BuiltinBlock{"acl|setuser", "creates users and grants any right, to the caller too"},
    BuiltinBlock{"acl|deluser", "deletes users and disconnects whoever is logged in as one"},
    BuiltinBlock{"acl|load", "replaces all users by those of a file on the server"},
    BuiltinBlock{"acl|save", "overwrites the file of users with what is in memory"},

    // Replication and the cluster point elsewhere; the journal is cut off or deceived.
    BuiltinBlock{"replicaof",
                 "throws the dataset away for another server's; the first step of the rogue-master attack"},
    BuiltinBlock{"slaveof", "the old name of REPLICAOF"},
    BuiltinBlock{"failover", "hands the role of the master to a replica"},
    BuiltinBlock{"psync", "turns the connection into a replica's, which is sent the whole dataset"},
    BuiltinBlock{"sync", "the same, in the old protocol"},
    BuiltinBlock{
        "replconf",
        "can announce itself under the journal's name and acknowledge what the journal does not have"},
    BuiltinBlock{"client|kill",
                 "disconnects the other clients of the environment, all at once with TYPE normal"},
    BuiltinBlock{"cluster|reset", "makes the node forget its cluster; HARD also its identity"},
    BuiltinBlock{"cluster|failover", "promotes a replica; with TAKEOVER without the agreement of the others"},
    BuiltinBlock{"cluster|flushslots", "the node serves no slot any more"},
    BuiltinBlock{"cluster|addslots", "changes which node serves which key"},
    BuiltinBlock{"cluster|addslotsrange", "changes which node serves which key"},
    BuiltinBlock{"cluster|delslots", "changes which node serves which key"},
    BuiltinBlock{"cluster|delslotsrange", "changes which node serves which key"},
    BuiltinBlock{"cluster|setslot", "changes which node serves which key; half done, writes are lost"},
    BuiltinBlock{"cluster|meet", "joins the node to any cluster the caller names"},
    BuiltinBlock{"cluster|forget", "removes a node from the cluster"},
    BuiltinBlock{"cluster|replicate", "makes the node a replica: its own data is thrown away"},
    BuiltinBlock{"cluster|bumpepoch", "wins the next conflict about who owns a slot"},
    BuiltinBlock{"cluster|set-config-epoch", "the same, with a number of the caller's"},

    // The evidence of an incident is gone.
    BuiltinBlock{"config|resetstat", "sets the counters of INFO to zero under every monitoring system"},
    BuiltinBlock{"latency|reset", "deletes the record of what was slow"},
    BuiltinBlock{"slowlog|reset", "deletes the record of which commands were slow"},
};

}  // namespace

std::span<const BuiltinBlock> builtin_block_list() {
  return kList;
}

}  // namespace holdfast::policy
