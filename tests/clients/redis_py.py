#!/usr/bin/python3
"""redis-py through Holdfast: redis_py.py PORT. Ends with 0, or says what was wrong."""
import sys
import threading

import redis

PORT = int(sys.argv[1])


def connect(**options):
    return redis.Redis(port=PORT, decode_responses=True, socket_timeout=20, client_name="checkout", **options)


def basic(client):
    assert client.ping()
    assert client.client_getname() == "checkout"
    assert client.set("k", "v", ex=100) and client.get("k") == "v" and client.ttl("k") <= 100
    assert client.get("missing") is None
    assert client.hset("h", mapping={"a": 1, "b": 2}) == 2 and client.hgetall("h") == {"a": "1", "b": "2"}
    assert client.zadd("z", {"one": 1.5}) == 1 and client.zrange("z", 0, -1, withscores=True) == [("one", 1.5)]
    assert client.xadd("x", {"f": "v"}, id="1-1") == "1-1"
    assert client.xrange("x") == [("1-1", {"f": "v"})]
    assert sorted(client.scan_iter()) == ["h", "k", "x", "z"]
    assert client.info()["loading"] == 0
    try:
        client.incr("h")
        raise AssertionError("INCR of a hash was answered")
    except redis.ResponseError as error:
        assert str(error).startswith("WRONGTYPE"), error
    try:
        client.flushall()
        raise AssertionError("FLUSHALL was answered")
    except redis.ResponseError as error:
        assert "holdfast: 'FLUSHALL' is blocked" in str(error), error
    other = connect(db=3)
    assert other.set("k", "in 3") and other.get("k") == "in 3" and client.get("k") == "v"


def pipelines(client):
    with client.pipeline(transaction=False) as pipe:
        for _ in range(1000):
            pipe.incr("n").get("n")
        replies = pipe.execute()
    assert replies[::2] == list(range(1, 1001)) and replies[-1] == "1000"


def transactions(client):
    with client.pipeline() as pipe:
        pipe.set("t", 1).incr("t").hgetall("h")
        assert pipe.execute() == [True, 2, {"a": "1", "b": "2"}]

    def add_one(pipe):
        value = int(pipe.get("t"))
        pipe.multi()
        pipe.set("t", value + 1)

    assert client.transaction(add_one, "t") == [True] and client.get("t") == "3"
    with client.pipeline() as pipe:
        pipe.watch("t")
        client.set("t", "changed")
        pipe.multi()
        pipe.set("t", "lost")
        try:
            pipe.execute()
            raise AssertionError("EXEC ran although a watched key had changed")
        except redis.WatchError:
            pass
    with client.lock("lock", timeout=10):
        assert client.exists("lock")
    assert not client.exists("lock")


def blocking(client):
    assert client.blpop("queue", timeout=1) is None
    pusher = threading.Timer(0.05, lambda: connect().rpush("queue", "job"))
    pusher.start()
    assert client.blpop(["other", "queue"], timeout=10) == ("queue", "job")
    pusher.join()
    assert client.xread({"x": "1-1"}, block=10) == []
    client.xgroup_create("x", "g", "0")
    assert client.xreadgroup("g", "c", {"x": ">"}, block=1000) == [["x", [("1-1", {"f": "v"})]]]
    assert client.xack("x", "g", "1-1") == 1


def scripting(client):
    script = client.register_script("return {KEYS[1], redis.call('INCRBY', KEYS[1], ARGV[1])}")
    assert script(keys=["s"], args=[5]) == ["s", 5] and script(keys=["s"], args=[5]) == ["s", 10]
    assert client.eval("return redis.call('GET', KEYS[1])", 1, "s") == "10"
    client.function_load("#!lua name=py\nredis.register_function('py_echo', function(k, a) return a[1] end)", replace=True)
    assert client.fcall("py_echo", 0, "hello") == "hello"
    with client.pipeline() as pipe:
        script(keys=["s"], args=[1], client=pipe)
        assert pipe.execute() == [["s", 11]]


def pubsub(client):
    with client.pubsub() as listener:
        listener.subscribe("news")
        listener.psubscribe("n*")
        kinds = [listener.get_message(timeout=10)["type"] for _ in range(2)]
        assert kinds == ["subscribe", "psubscribe"], kinds
        assert client.publish("news", "hello") == 2
        got = [listener.get_message(timeout=10) for _ in range(2)]
        assert [m["type"] for m in got] == ["message", "pmessage"] and got[0]["data"] == "hello", got
        listener.ping()
        assert listener.get_message(timeout=10)["type"] == "pong"
        listener.unsubscribe()
        listener.punsubscribe()
        kinds = sorted(listener.get_message(timeout=10)["type"] for _ in range(2))
        assert kinds == ["punsubscribe", "unsubscribe"], kinds


for part in (basic, pipelines, transactions, blocking, scripting, pubsub):
    part(connect())
    print(part.__name__)
