'use strict';
const EVERY_MS = 1000;
const KEPT_MS = 120000;
const PATIENCE_MS = 10000;
const HARMLESS_ENDS = ['done', 'idle', 'stopped'];
const SIGNS = {up: '●', going_down: '◒', down: '▼', going_up: '◓', draining: '◐', maintenance: '■'};
const TONES = {up: 'good', going_down: 'warn', down: 'bad', going_up: 'warn', draining: 'warn', maintenance: 'warn'};

const byId = id => document.getElementById(id);
const samples = [];
const states = new Map();
let token = remembered();
let shownEvents = '';

// ---- the page

/** An element with attributes, and what is in it. */
function make(tag, attributes, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

function svg(tag, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Writes a text, but not over the same: whoever reads it aloud would begin again. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Keeps what is there for a key, so that the focus stays where it is. */
function keep(parent, keys, create) {
  const there = new Map([...parent.children].map(child => [child.dataset.key, child]));
  keys.forEach((key, index) => {
    let child = there.get(key);
    if (!child) {
      child = create(key);
      child.dataset.key = key;
    }
    there.delete(key);
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] || null);
  });
  there.forEach(child => child.remove());
  return [...parent.children];
}

// ---- numbers

function short(number, steps, base) {
  let step = 0;
  while (number >= base && step < steps.length - 1) {
    number /= base;
    step++;
  }
  const digits = number === 0 || number >= 100 || step === 0 && Number.isInteger(number) ? 0 : number >= 10 ? 1 : 2;
  return number.toFixed(digits) + (steps[step] && ' ' + steps[step]);
}
const count = number => short(number, ['', 'k', 'M', 'G', 'T'], 1000);
const rate = number => count(number) + '/s';
const bytes = number => short(number, ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'], 1000);
const duration = ns => short(ns, ['ns', 'µs', 'ms', 's'], 1000);
const total = object => Object.values(object || {}).reduce((sum, each) => sum + each, 0);

function ago(instant) {
  const seconds = Math.max(0, (Date.now() - Date.parse(instant)) / 1000);
  for (const [length, unit] of [[86400, 'd'], [3600, 'h'], [60, 'min']]) {
    if (seconds >= length) return Math.floor(seconds / length) + ' ' + unit;
  }
  return Math.floor(seconds) + ' s';
}

/** Sums of buckets, which are named by their upper bounds, in nanoseconds. */
function addBuckets(sums, buckets, unitNs) {
  for (const [bound, many] of Object.entries(buckets)) {
    const key = bound === 'inf' ? Infinity : bound * unitNs;
    sums.set(key, (sums.get(key) || 0) + many);
  }
  return sums;
}

/** What of the times between two sums a share is not longer than, in nanoseconds. Bounds are 1, 2.5 and 5 of each power of ten. */
function quantile(before, after, share) {
  const bounds = [...after.keys()].sort((a, b) => a - b);
  const added = bounds.map(bound => after.get(bound) - (before.get(bound) || 0));
  let left = share * added.reduce((sum, each) => sum + each, 0);
  if (!(left > 0)) return NaN;
  for (let i = 0; i < bounds.length; i++) {
    if (added[i] >= left) {
      if (bounds[i] === Infinity) return i > 0 ? bounds[i - 1] : NaN;
      const lower = bounds[i] * (String(bounds[i]).startsWith('25') ? 0.4 : 0.5);
      return lower + (bounds[i] - lower) * left / added[i];
    }
    left -= added[i];
  }
  return NaN;
}

// ---- what is measured

/** All that has been lost since the start, by what it is. */
function losses(stats) {
  const all = new Map();
  const add = (what, many) => { if (many > 0) all.set(what, (all.get(what) || 0) + many); };
  const spoken = reason => reason.replaceAll('_', ' ');
  if (stats.frames) {
    for (const [reason, many] of Object.entries(stats.frames.dropped)) add('frames dropped: ' + spoken(reason), many);
    add('frames missed before capture', stats.frames.missed);
    add('frames that the kernel did not send', stats.frames.send_failed);
    for (const [reason, many] of Object.entries(stats.conntrack.refused)) add('connections refused: ' + spoken(reason), many);
  }
  for (const frontend of Object.values(stats.frontends)) {
    for (const [reason, many] of Object.entries(frontend.ends || {})) {
      if (!HARMLESS_ENDS.includes(reason)) add('connections ended: ' + spoken(reason), many);
    }
    add('datagrams dropped', frontend.datagrams_dropped || 0);
  }
  for (const backend of Object.values(stats.backends)) {
    for (const server of Object.values(backend.server_counts)) {
      add('connections that a server refused', server.connect_refused || 0);
      add('connections that a server did not answer in time', server.connect_timed_out || 0);
      add('connections to a server that failed otherwise', server.connect_failed || 0);
    }
  }
  add('defects of the balancer', stats.errors.reduce((sum, each) => sum + each.count, 0));
  return all;
}

function sample(stats) {
  const connect = new Map();
  const firstByte = new Map();
  for (const frontend of Object.values(stats.frontends)) {
    if (frontend.connect_time) {
      addBuckets(connect, frontend.connect_time.buckets, 1000);
      addBuckets(firstByte, frontend.first_byte_time.buckets, 1000);
    }
  }
  const whole = stats.stages && stats.stages.whole ? addBuckets(new Map(), stats.stages.whole.buckets, 1) : new Map();
  return {at: performance.now(), stats, losses: losses(stats), connect, firstByte, whole};
}

const perSecond = (before, after, of) => Math.max(0, of(after) - of(before)) * 1000 / (after.at - before.at);
const hasFrames = () => Boolean(samples.at(-1).stats.frames);
const hasProxy = () => Object.values(samples.at(-1).stats.frontends).some(each => each.connect_time);

const CHARTS = [
  {title: 'New connections', format: rate, lines: [
    {name: 'opened', of: (a, b) => perSecond(a, b, each => each.stats.total_connections)}]},
  {title: 'Throughput', format: bytes, lines: [
    {name: 'from servers', of: (a, b) => perSecond(a, b, each => each.stats.total_bytes_rx)},
    {name: 'from clients', of: (a, b) => perSecond(a, b, each => each.stats.total_bytes_tx)}]},
  {title: 'Time of a frame here', format: duration, when: hasFrames, lines: [
    {name: 'median', of: (a, b) => quantile(a.whole, b.whole, 0.5)},
    {name: 'p99', of: (a, b) => quantile(a.whole, b.whole, 0.99)}]},
  {title: 'Frames', format: rate, when: hasFrames, lines: [
    {name: 'forwarded', of: (a, b) => perSecond(a, b, each => each.stats.frames.forwarded)},
    {name: 'offloaded to the kernel', of: (a, b) => perSecond(a, b, each => each.stats.frames.offloaded)},
    {name: 'dropped', of: (a, b) => perSecond(a, b, each => total(each.stats.frames.dropped))}]},
  {title: 'Time to connect', format: duration, when: hasProxy, lines: [
    {name: 'median', of: (a, b) => quantile(a.connect, b.connect, 0.5)},
    {name: 'p99', of: (a, b) => quantile(a.connect, b.connect, 0.99)}]},
  {title: 'Time to the first byte', format: duration, when: hasProxy, lines: [
    {name: 'median', of: (a, b) => quantile(a.firstByte, b.firstByte, 0.5)},
    {name: 'p99', of: (a, b) => quantile(a.firstByte, b.firstByte, 0.99)}]},
];

// ---- charts

function createChart(chart) {
  const figure = make('figure', {class: 'chart'});
  const caption = make('figcaption', {}, make('h3', {}, chart.title));
  const keys = make('span', {class: 'keys'});
  chart.lines.forEach((line, index) => {
    const sign = svg('svg', {viewBox: '0 0 16 6', 'aria-hidden': 'true'});
    sign.append(svg('polyline', {points: '0,3 16,3', class: 'line' + index}));
    keys.append(make('span', {class: 'key'}, sign, ' ' + line.name + ' ', make('b', {})));
  });
  caption.append(keys);
  const plot = svg('svg', {viewBox: '0 0 1000 100', preserveAspectRatio: 'none', role: 'img'});
  chart.lines.forEach((_, index) => plot.append(svg('polyline', {class: 'line' + index})));
  figure.append(caption, make('div', {class: 'plot'}, plot, make('span', {class: 'top'}), make('span', {class: 'bottom'}, '0')));
  return figure;
}

function drawChart(chart, figure) {
  const end = samples.at(-1).at;
  const lines = chart.lines.map(line => samples.slice(1)
    .map((each, index) => [each.at, line.of(samples[index], each)])
    .filter(point => Number.isFinite(point[1])));
  const most = Math.max(1, ...lines.flat().map(point => point[1]));
  const plot = figure.querySelector('.plot > svg');
  const said = lines.map((points, index) => {
    const shape = points.map(([at, value]) => `${(1000 * (1 - (end - at) / KEPT_MS)).toFixed(1)},${(99 - 97 * value / most).toFixed(1)}`);
    plot.children[index].setAttribute('points', shape.join(' '));
    const last = points.length > 0 && end - points.at(-1)[0] < 5 * EVERY_MS ? chart.format(points.at(-1)[1]) : '–';
    write(figure.querySelectorAll('b')[index], last);
    return `${chart.lines[index].name}: now ${last}`;
  });
  write(figure.querySelector('.top'), chart.format(most));
  plot.setAttribute('aria-label', `${chart.title} in the last two minutes; ${said.join('; ')}; at most ${chart.format(most)}`);
}

function showCharts() {
  const shown = CHARTS.filter(chart => !chart.when || chart.when());
  keep(byId('charts'), shown.map(chart => chart.title), title => createChart(shown.find(chart => chart.title === title)))
    .forEach((figure, index) => drawChart(shown[index], figure));
}

// ---- numbers of now, servers, losses, events

function showNow(before, after) {
  const stats = after.stats;
  const servers = Object.values(stats.backends).flatMap(each => Object.values(each.servers));
  const facts = [
    ['Servers that take connections', `${servers.filter(Boolean).length} of ${servers.length}`],
    ['Open connections', count(stats.current_connections)],
    ['New connections', rate(perSecond(before, after, each => each.stats.total_connections))],
    ['From servers', bytes(perSecond(before, after, each => each.stats.total_bytes_rx))],
    ['From clients', bytes(perSecond(before, after, each => each.stats.total_bytes_tx))],
    ['Drops and failures', rate(perSecond(before, after, each => [...each.losses.values()].reduce((a, b) => a + b, 0)))],
  ];
  keep(byId('now'), facts.map(fact => fact[0]), name => make('div', {}, make('dt', {}, name), make('dd', {})))
    .forEach((fact, index) => write(fact.lastChild, facts[index][1]));
  document.title = `Headrace: ${facts[0][1]} up`;
}

/** Those that this process has followed, while they have connections. */
function showDraining(processes) {
  keep(byId('draining'), processes.map(each => String(each.pid)), () => make('li', {})).forEach((item, index) => {
    const {pid, since, current_connections: left} = processes[index];
    write(item, `Process ${pid} has drained for ${ago(since)}; connections that it still has: ${count(left)}`);
  });
  byId('draining').hidden = processes.length === 0;
}

function createBackend(name) {
  const head = [['Server'], ['State'], ['Weight', 'number wide'], ['Open', 'number'], ['New', 'number wide'], ['Traffic', 'number wide'], ['Not taken', 'number wide']]
    .map(([text, style]) => make('th', {scope: 'col', class: style || ''}, text));
  head.push(make('th', {scope: 'col', class: 'action'}, 'Change'));
  return make('table', {}, make('caption', {}, name), make('thead', {}, make('tr', {}, ...head)), make('tbody', {}));
}

function createServer(backend, address, state) {
  const cell = style => make('td', {class: style});
  const button = make('button', {type: 'button'});
  button.addEventListener('click', () => act(button, `${backend}/${state.name}`));
  return make('tr', {},
    make('th', {scope: 'row'}, state.name, make('small', {}, address)),
    make('td', {}, make('span', {}), make('small', {})),
    cell('number wide'), cell('number'), cell('number wide'), cell('number wide'), cell('number wide'),
    make('td', {class: 'action'}, button));
}

function showServer(row, backend, address, before, after) {
  const counts = each => (each.stats.backends[backend] || {server_counts: {}}).server_counts[address];
  const state = after.stats.backends[backend].server_states[address];
  const now = counts(after);
  const since = of => counts(before) ? perSecond(before, after, each => of(counts(each))) : 0;
  const [, what, weight, open, fresh, traffic, failed, action] = row.children;
  write(what.firstChild, `${SIGNS[state.state] || ''} ${state.state.replaceAll('_', ' ')}`);
  what.firstChild.className = 'state ' + (TONES[state.state] || '');
  write(what.lastChild, `${ago(state.since)}: ${state.reason}`);
  write(weight, String(state.weight));
  write(open, count(now.current_connections));
  write(fresh, rate(since(each => each.total_connections)));
  write(traffic, bytes(since(each => each.bytes_tx + each.bytes_rx)));
  write(failed, count((now.connect_refused || 0) + (now.connect_timed_out || 0) + (now.connect_failed || 0)));
  const wanted = state.admin === 'ready' ? 'drain' : 'ready';
  const button = action.firstChild;
  write(button, wanted === 'drain' ? 'Drain' : 'Ready');
  button.dataset.wanted = wanted;
  button.setAttribute('aria-label', `${button.textContent} ${backend}/${state.name}`);
  const key = backend + '/' + address;
  if (states.has(key) && states.get(key) !== state.state) {
    byId('news').textContent = `${backend}/${state.name} is ${state.state.replaceAll('_', ' ')}: ${state.reason}`;
  }
  states.set(key, state.state);
}

function showServers(before, after) {
  const backends = after.stats.backends;
  keep(byId('servers'), Object.keys(backends), createBackend).forEach(table => {
    const backend = table.dataset.key;
    const all = backends[backend].server_states;
    table.querySelector('thead .action').hidden = !token;
    keep(table.tBodies[0], Object.keys(all), address => createServer(backend, address, all[address])).forEach(row => {
      row.lastChild.hidden = !token;
      showServer(row, backend, row.dataset.key, before, after);
    });
  });
}

function showLosses(before, after) {
  const rows = [...after.losses].map(([what, many]) => [what, perSecond(before, after, each => each.losses.get(what) || 0), many])
    .sort((a, b) => b[1] - a[1] || b[2] - a[2]);
  const create = what => make('tr', {}, make('th', {scope: 'row'}, what), make('td', {class: 'number'}), make('td', {class: 'number'}));
  keep(byId('losses'), rows.map(row => row[0]), create).forEach((row, index) => {
    write(row.children[1], rate(rows[index][1]));
    write(row.children[2], count(rows[index][2]));
    row.children[1].className = rows[index][1] > 0 ? 'number bad' : 'number';
  });
  byId('losses').parentElement.hidden = rows.length === 0;
  byId('no-losses').hidden = rows.length > 0;
}

function moment(instant) {
  const time = new Date(instant);
  return time.toDateString() === new Date().toDateString() ? time.toLocaleTimeString() : time.toLocaleString();
}

function showEvents(events) {
  const text = JSON.stringify(events);
  if (text === shownEvents) return;
  shownEvents = text;
  const tone = {warn: 'warn', error: 'bad'};
  byId('events').replaceChildren(...events.reverse().map(event => make('li', {},
    make('time', {datetime: event.time}, moment(event.time)), ' ',
    make('b', {class: tone[event.level] || ''}, tone[event.level] ? event.level + ' ' : ''), event.message)));
}

// ---- asking, and changing

const ask = (path, options) => fetch(path, {cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS), ...options});

async function look() {
  try {
    const [stats, ready, events] = await Promise.all([ask('/stats'), ask('/readyz'), ask('/events')]);
    if (!stats.ok) throw new Error(await stats.text());
    take(await stats.json());
    showEvents(await events.json());
    condition(ready.ok ? '● ready' : '▼ ' + (await ready.text()).trim(), ready.ok ? 'good' : 'bad');
  } catch (failure) {
    condition('▼ no answer; what is shown is old', 'bad');
    console.info(failure);
  }
}

function condition(text, tone) {
  write(byId('condition'), text);
  byId('condition').className = tone;
}

function take(stats) {
  const next = sample(stats);
  const last = samples.at(-1);
  if (last && stats.total_connections < last.stats.total_connections) samples.length = 0;
  samples.push(next);
  while (next.at - samples[0].at > KEPT_MS) samples.shift();
  const before = samples.at(-2);
  if (before) {
    showNow(before, next);
    showDraining(stats.draining);
    showCharts();
    showServers(before, next);
    showLosses(before, next);
  }
}

async function act(button, server) {
  button.disabled = true;
  const said = byId('answer');
  try {
    const answer = await ask(`/servers/${button.dataset.wanted}?server=${encodeURIComponent(server)}`,
      {method: 'POST', headers: {Authorization: 'Bearer ' + token}});
    write(said, (answer.ok ? '' : 'not done: ') + (await answer.text()).trim());
    said.className = answer.ok ? '' : 'bad';
  } catch (failure) {
    write(said, 'not done: no answer');
    said.className = 'bad';
  }
  button.disabled = false;
  button.focus();
  look();
}

/** Until the tab is closed. */
function remember(text) {
  token = text;
  sessionStorage.setItem('token', text);
  byId('token').value = '';
  byId('token-forget').hidden = !text;
  write(byId('answer'), text ? 'A token is in use in this tab; it shows with the first change whether it is the right one.' : '');
  byId('answer').className = '';
  if (samples.length > 1) showServers(samples.at(-2), samples.at(-1));
}

function remembered() {
  return sessionStorage.getItem('token') || '';
}

byId('token-form').addEventListener('submit', event => {
  event.preventDefault();
  remember(byId('token').value.trim());
});
byId('token-forget').addEventListener('click', () => {
  remember('');
  byId('token').focus();
});
write(byId('host'), location.host);
if (token) remember(token);

(async () => {
  while (true) {
    if (!document.hidden) await look();
    await new Promise(done => setTimeout(done, EVERY_MS));
  }
})();
