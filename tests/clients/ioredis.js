// ioredis through Holdfast: ioredis.js PORT. It asks INFO first and waits for loading:0.
'use strict';

const assert = require('node:assert/strict');
const Redis = require('ioredis');
const {port, run} = require('./checks');

const client = new Redis({port, connectionName: 'checkout', maxRetriesPerRequest: 1});
client.on('error', (error) => {
  console.error(error);
  process.exit(1);
});

async function ready() {
  if (client.status !== 'ready') await new Promise((resolve) => client.once('ready', resolve));
  assert.equal(await client.client('GETNAME'), 'checkout');
}

async function basic() {
  assert.equal(await client.set('k', 'v', 'EX', 100), 'OK');
  assert.equal(await client.get('k'), 'v');
  assert.equal(await client.get('missing'), null);
  assert.deepEqual(await client.getBuffer('k'), Buffer.from('v'));
  await client.hset('h', {a: 1, b: 2});
  assert.deepEqual(await client.hgetall('h'), {a: '1', b: '2'});
  await assert.rejects(client.incr('h'), /WRONGTYPE/);
  await assert.rejects(client.flushall(), /holdfast: 'FLUSHALL' is blocked/);
  const other = new Redis({port, db: 3});
  assert.equal(await other.set('k', 'in 3'), 'OK');
  assert.equal(await client.get('k'), 'v');
  await other.quit();
}

async function pipelines() {
  const pipeline = client.pipeline();
  for (let i = 0; i < 1000; ++i) pipeline.incr('n').get('n');
  const replies = await pipeline.exec();
  assert.deepEqual(replies[1999], [null, '1000']);
  const automatic = new Redis({port, enableAutoPipelining: true});
  const counts = await Promise.all(Array.from({length: 100}, () => automatic.incr('auto')));
  assert.deepEqual(counts, Array.from({length: 100}, (_, i) => i + 1));
  automatic.disconnect();
}

async function transactions() {
  assert.deepEqual(await client.multi().set('t', 1).incr('t').exec(), [[null, 'OK'], [null, 2]]);
  const watcher = client.duplicate();
  await watcher.watch('t');
  await client.set('t', 'changed');
  assert.equal(await watcher.multi().set('t', 'lost').exec(), null);
  await assert.rejects(watcher.multi().set('t', 1).flushall().exec(), /EXECABORT/);
  watcher.disconnect();
}

async function blocking() {
  const waiter = client.duplicate();
  assert.equal(await waiter.blpop('queue', 0.01), null);
  const popped = waiter.blpop('other', 'queue', 10);
  await client.rpush('queue', 'job');
  assert.deepEqual(await popped, ['queue', 'job']);
  await client.xadd('x', '1-1', 'f', 'v');
  assert.deepEqual(await waiter.xread('BLOCK', 1000, 'STREAMS', 'x', '0'), [['x', [['1-1', ['f', 'v']]]]]);
  waiter.disconnect();
}

async function scripting() {
  client.defineCommand('addTo', {numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])"});
  assert.equal(await client.addTo('s', 5), 5);
  assert.equal(await client.addTo('s', 5), 10);
  assert.deepEqual(await client.pipeline().addTo('s', 1).get('s').exec(), [[null, 11], [null, '11']]);
  assert.equal(await client.eval('return ARGV[1]', 0, 'x'), 'x');
}

async function pubsub() {
  const subscriber = client.duplicate();
  assert.equal(await subscriber.subscribe('news'), 1);
  assert.equal(await subscriber.psubscribe('n*'), 2);
  const messages = new Promise((resolve) => {
    const got = [];
    subscriber.on('message', (channel, text) => got.push([channel, text]));
    subscriber.on('pmessage', (pattern, channel, text) => {
      got.push([pattern, channel, text]);
      resolve(got);
    });
  });
  assert.equal(await client.publish('news', 'hello'), 2);
  assert.deepEqual(await messages, [['news', 'hello'], ['n*', 'news', 'hello']]);
  assert.equal(await subscriber.unsubscribe('news'), 1);
  assert.equal(await subscriber.punsubscribe('n*'), 0);
  assert.equal(await subscriber.get('k'), 'v');
  subscriber.disconnect();
}

run([ready, basic, pipelines, transactions, blocking, scripting, pubsub]);
