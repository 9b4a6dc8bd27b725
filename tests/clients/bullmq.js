// BullMQ through Holdfast: bullmq.js PORT. Queues made of scripts, streams and blocking pops.
'use strict';

const assert = require('node:assert/strict');
const {Queue, QueueEvents, Worker} = require('bullmq');
const {port, run} = require('./checks');

const connection = {host: '127.0.0.1', port, maxRetriesPerRequest: null};

function fail(error) {
  console.error(error);
  process.exit(1);
}

async function jobs_are_done_once_and_their_results_come_back() {
  const queue = new Queue('orders', {connection});
  const events = new QueueEvents('orders', {connection});
  const seen = [];
  const worker = new Worker('orders', async (job) => {
    seen.push(job.data.order);
    return job.data.order * 2;
  }, {connection, concurrency: 5});
  for (const part of [queue, events, worker]) part.on('error', fail);
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady(), worker.waitUntilReady()]);

  const first = await queue.add('one', {order: 1000});
  assert.equal(await first.waitUntilFinished(events, 20000), 2000);
  const all = await queue.addBulk(Array.from({length: 50}, (_, i) => ({name: 'many', data: {order: i}})));
  const results = await Promise.all(all.map((job) => job.waitUntilFinished(events, 20000)));
  assert.deepEqual(results, Array.from({length: 50}, (_, i) => i * 2));
  assert.equal(seen.length, 51);
  assert.equal((await queue.getJobCounts('completed')).completed, 51);

  const delayed = await queue.add('later', {order: 7}, {delay: 50});
  assert.equal(await delayed.waitUntilFinished(events, 20000), 14);
  for (const part of [worker, events, queue]) await part.close();
}

async function a_job_that_fails_is_tried_again() {
  const queue = new Queue('retries', {connection});
  const events = new QueueEvents('retries', {connection});
  const worker = new Worker('retries', async (job) => {
    if (job.attemptsMade < 1) throw new Error('first time');
    return 'second time';
  }, {connection});
  for (const part of [queue, events, worker]) part.on('error', fail);
  await events.waitUntilReady();
  const job = await queue.add('again', {}, {attempts: 2});
  assert.equal(await job.waitUntilFinished(events, 20000), 'second time');
  for (const part of [worker, events, queue]) await part.close();
}

run([jobs_are_done_once_and_their_results_come_back, a_job_that_fails_is_tried_again]);
