const GOOD = ['ok', 'waited', 'revoked'];
const CALM = ['refused', 'gave up', 'timed out', 'disconnected'];
const kind = outcome =>
  outcome === 'not applicable' ? 'none'
    : GOOD.includes(outcome) ? 'good' : CALM.includes(outcome) ? 'calm' : 'bad';

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const cells = data.run.cells;
const rows = [...new Set(cells.map(cell => cell.hazard))];
const columns = [...new Set(cells.map(cell => cell.policy))];
const find = (hazard, policy) =>
  cells.find(cell => cell.hazard === hazard && cell.policy === policy);

function summary() {
  const schedules = cells.reduce((sum, cell) => sum + cell.schedules, 0);
  document.getElementById('summary').textContent =
    `${schedules.toLocaleString('en')} interleavings in ${Math.round(data.run.seconds)} s, seed `
    + `${data.run.seed}. `
    + (data.good
      ? 'Every policy that ships held, and the unprotected column broke as it has to.'
      : 'A policy that ships failed, or a canary lived: see the red cells.');
}

function matrix() {
  const table = document.getElementById('matrix');
  const head = table.createTHead().insertRow();
  head.append(element('th'));
  for (const policy of columns) {
    const th = element('th', policy.replace('_', ' '));
    th.title = data.columns[policy].meaning;
    head.append(th);
  }
  const body = table.createTBody();
  for (const hazard of rows) {
    const row = body.insertRow();
    const th = element('th', undefined, 'row');
    th.append(element('b', hazard), data.hazards[hazard].title);
    th.onclick = () => document.getElementById('row-' + hazard).scrollIntoView({behavior: 'smooth'});
    row.append(th);
    for (const policy of columns) {
      const cell = find(hazard, policy);
      const td = row.insertCell();
      td.className = kind(cell.outcome);
      td.textContent = cell.outcome === 'not applicable' ? '–' : cell.outcome;
      td.title = cell.reason;
      td.onclick = () => {
        document.querySelectorAll('td.chosen').forEach(old => old.classList.remove('chosen'));
        td.classList.add('chosen');
        details(cell);
      };
    }
  }
  const legend = document.getElementById('legend');
  for (const [name, meaning] of [['good', 'nothing was in the way, or it was waited for'],
    ['calm', 'a typed refusal, a deadline, a disconnection that was told'],
    ['bad', 'a guarantee is broken'], ['none', 'no such race here']]) {
    const span = element('span', meaning);
    span.style.background = `var(--${name})`;
    legend.append(span);
  }
}

function details(cell) {
  const box = document.getElementById('details');
  box.replaceChildren();
  box.append(element('h3', `${cell.hazard} ${data.hazards[cell.hazard].title}, `
    + `${cell.policy.replace('_', ' ')}: ${cell.outcome}`));
  box.append(element('p', data.columns[cell.policy].meaning + '. Guarantee: ' + cell.guarantee
    + '.', 'small'));
  if (cell.reason) box.append(element('p', cell.reason));
  if (cell.schedules) {
    const counts = Object.entries(cell.outcomes).map(([name, n]) => `${name} ${n}`).join(', ');
    box.append(element('p', `${cell.schedules} schedules; the racing steps met in `
      + `${cell.hazard_hits}. Ends: ${counts}.`));
    if (cell.bound) box.append(element('p', cell.bound + '.', 'small'));
  }
  if (cell.replay) {
    box.append(element('div', './longpin lab --replay ' + cell.replay, 'replay mono'));
  }
  if (cell.timeline) box.append(lanes(cell.timeline));
  if (cell.calls) box.append(calls(cell.calls));
  box.scrollIntoView({behavior: 'smooth', block: 'nearest'});
}

function lanes(timeline) {
  const actors = [...new Set(timeline.map(moment => moment.actor))];
  const grid = element('div', undefined, 'lanes');
  grid.style.gridTemplateColumns = `repeat(${actors.length}, minmax(130px, 1fr))`;
  for (const actor of actors) grid.append(element('div', actor, 'name'));
  timeline.forEach((moment, i) => {
    const step = element('div', moment.what.replace(/^! /, ''), 'step');
    if (moment.what.startsWith('! ')) step.classList.add('broken');
    if (moment.what.startsWith('-> ')) step.classList.add('came');
    step.style.gridColumn = actors.indexOf(moment.actor) + 1;
    step.style.gridRow = i + 2;
    grid.append(step);
  });
  return grid;
}

function calls(list) {
  const table = element('table', undefined, 'calls mono');
  const head = table.createTHead().insertRow();
  for (const name of ['call', 'arguments', 'result']) head.append(element('th', name));
  const body = table.createTBody();
  for (const call of list) {
    const row = body.insertRow();
    for (const key of ['call', 'arguments', 'result']) row.append(element('td', call[key]));
  }
  return table;
}

function costs() {
  const list = data.run.costs;
  if (!list.length) {
    document.getElementById('costs').remove();
    return;
  }
  const names = list.map(cost => cost.policy.replace('_', ' '));
  const bar = (id, datasets, options) => new Chart(document.getElementById(id), {
    type: 'bar',
    data: {labels: names, datasets},
    options: {animation: false, plugins: {legend: {position: 'bottom'}}, ...options},
  });
  bar('latency', [
    {label: 'median', data: list.map(cost => cost.truncate_p50_us || null), backgroundColor: '#7fb08f'},
    {label: 'p99', data: list.map(cost => cost.truncate_p99_us || null), backgroundColor: '#3d6fa8'},
  ], {scales: {y: {type: 'logarithmic', title: {display: true, text: 'µs'}}}});
  bar('ends', [
    {label: 'done', data: list.map(cost => cost.truncates - cost.refused - cost.timed_out),
      backgroundColor: '#7fb08f'},
    {label: 'refused', data: list.map(cost => cost.refused), backgroundColor: '#e0b64a'},
    {label: 'timed out', data: list.map(cost => cost.timed_out), backgroundColor: '#c3645c'},
  ], {scales: {x: {stacked: true}, y: {stacked: true}}});
  const table = document.getElementById('figures');
  const head = table.createTHead().insertRow();
  for (const name of ['policy', 'truncates', 'median µs', 'p99 µs', 'refused', 'timed out',
    'pins refused', 'holders told']) head.append(element('th', name));
  const body = table.createTBody();
  const number = value => value.toLocaleString('en', {maximumFractionDigits: 1});
  for (const cost of list) {
    const row = body.insertRow();
    for (const value of [cost.policy.replace('_', ' '), number(cost.truncates),
      cost.truncate_p50_us ? number(cost.truncate_p50_us) : '–',
      cost.truncate_p99_us ? number(cost.truncate_p99_us) : '–', number(cost.refused),
      number(cost.timed_out), number(cost.pins_refused), number(cost.revocations)]) {
      row.append(element('td', value));
    }
  }
}

function texts() {
  const box = document.getElementById('rows');
  for (const hazard of rows) {
    const row = data.hazards[hazard];
    const title = element('h3', `${hazard} ${row.title}`);
    title.id = 'row-' + hazard;
    box.append(title);
    for (const paragraph of row.paragraphs) box.append(element('p', paragraph));
    if (row.source) box.append(element('p', 'Source: ' + row.source, 'small'));
    if (row.canary) {
      box.append(element('p', 'Canary: with mutations/' + row.canary + '.patch this row turns red '
        + '(./longpin mutate ' + row.canary + ').', 'small'));
    }
  }
}

summary();
matrix();
costs();
texts();
const first = cells.find(cell => cell.timeline);
if (first) details(first);
