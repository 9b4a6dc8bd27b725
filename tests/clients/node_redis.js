// node-redis through Holdfast, in RESP2 and RESP3: node_redis.js PORT.
'use strict';

const assert = require('node:assert/strict');
const {BasicClientSideCache, createClient, createClientPool, defineScript} = require('redis');
const {port, run} = require('./checks');

const scripts = {
  addTo: defineScript({
    SCRIPT: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key, amount) {
      parser.pushKey(key);
      parser.push(String(amount));
    },
    transformReply: undefined,
  }),
};

async function connect(RESP, options = {}) {
  const client = createClient({socket: {port, reconnectStrategy: false}, RESP, name: 'checkout', scripts, ...options});
  client.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  return client.connect();
}

async function basic(client) {
  assert.equal(await client.clientGetName(), 'checkout');
  assert.equal(await client.set('k', 'v', {EX: 100}), 'OK');
  assert.equal(await client.get('k'), 'v');
  assert.equal(await client.get('missing'), null);
  await client.hSet('h', {a: '1', b: '2'});
  assert.deepEqual({...(await client.hGetAll('h'))}, {a: '1', b: '2'});
  await client.zAdd('z', {score: 1.5, value: 'one'});
  assert.equal(await client.zScore('z', 'one'), 1.5);
  await assert.rejects(client.incr('h'), /WRONGTYPE/);
  await assert.rejects(client.flushAll(), /holdfast: 'FLUSHALL' is blocked/);
  const keys = [];
  for await (const found of client.scanIterator()) keys.push(...found);
  assert.ok(keys.includes('h'));
}

async function pipelines(client) {
  const counter = `n${client.options.RESP}`;
  const counts = await Promise.all(Array.from({length: 1000}, () => client.incr(counter)));
  assert.deepEqual(counts, Array.from({length: 1000}, (_, i) => i + 1));
}

async function transactions(client) {
  assert.deepEqual(await client.multi().set('t', '1').incr('t').exec(), ['OK', 2]);
  const watcher = await connect(client.options.RESP);
  await watcher.watch('t');
  await client.set('t', 'changed');
  await assert.rejects(watcher.multi().set('t', 'lost').exec(), /watched keys/i);
  await watcher.close();
}

async function blocking(client) {
  const waiter = await connect(client.options.RESP);
  assert.equal(await waiter.blPop('queue', 0.01), null);
  const popped = waiter.blPop(['other', 'queue'], 10);
  await client.rPush('queue', 'job');
  assert.deepEqual({...(await popped)}, {key: 'queue', element: 'job'});
  await waiter.close();
}

async function scripting(client) {
  const key = `s${client.options.RESP}`;
  assert.equal(await client.addTo(key, 5), 5);
  assert.equal(await client.addTo(key, 5), 10);
  assert.equal(await client.eval('return ARGV[1]', {arguments: ['x']}), 'x');
  await client.functionLoad("#!lua name=js\nredis.register_function('js_echo', function(k, a) return a[1] end)",
                            {REPLACE: true});
  assert.equal(await client.fCall('js_echo', {arguments: ['hello']}), 'hello');
}

async function pubsub(client) {
  const subscriber = await connect(client.options.RESP);
  let got;
  const message = new Promise((resolve) => { got = resolve; });
  await subscriber.subscribe('news', (text, channel) => got([channel, text]));
  await client.publish('news', 'hello');
  assert.deepEqual(await message, ['news', 'hello']);
  await subscriber.unsubscribe('news');
  // With RESP2 the library itself answers a Buffer on a connection that was subscribed.
  assert.equal(String(await subscriber.get('k')), 'v');
  await subscriber.close();
}

// What was read is kept in the client until Redis says that it has changed.
async function caching() {
  const cache = new BasicClientSideCache({ttl: 0, maxEntries: 100, evictPolicy: 'LRU'});
  const reader = await connect(3, {clientSideCache: cache});
  const writer = await connect(3);
  for (let i = 0; i < 20; ++i) {
    await writer.set('cached', String(i));
    while ((await reader.get('cached')) !== String(i)) await new Promise(setImmediate);
    const {hitCount} = cache.stats();
    assert.equal(await reader.get('cached'), String(i));
    assert.equal(cache.stats().hitCount, hitCount + 1);
  }
  await reader.close();
  await writer.close();
}

async function pool() {
  const clients = createClientPool({socket: {port}});
  await clients.connect();
  const replies = await Promise.all(Array.from({length: 50}, (_, i) => clients.set(`pool:${i}`, 'x')));
  assert.ok(replies.every((reply) => reply === 'OK'));
  clients.destroy();
}

const parts = [];
for (const RESP of [2, 3]) {
  let client;
  for (const part of [basic, pipelines, transactions, blocking, scripting, pubsub]) {
    const named = async () => {
      client ??= await connect(RESP);
      await part(client);
    };
    Object.defineProperty(named, 'name', {value: `${part.name} (RESP${RESP})`});
    parts.push(named);
  }
}

run([...parts, caching, pool]);
