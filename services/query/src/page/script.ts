/** Makes the page live where there is JavaScript: figures, newest changes, suggestions while typing. Nothing needs it. */
export const SCRIPT = `
(() => {
  const $ = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat('en');
  const bytes = (n) => {
    const power = n > 0 ? Math.min(5, Math.floor(Math.log10(n) / 3)) : 0;
    const scaled = n / 1000 ** power;
    return scaled.toFixed(power === 0 || scaled >= 100 ? 0 : 1) + ' ' + ['B', 'kB', 'MB', 'GB', 'TB', 'PB'][power];
  };
  const href = (model) => '/models/' + model.split('/').map(encodeURIComponent).join('/');
  const link = (model) => Object.assign(document.createElement('a'), { href: href(model), textContent: model });

  const show = (status) => {
    for (const key of ['models', 'trees', 'pending', 'rejected', 'seq']) {
      const place = $('figure-' + key);
      if (place) place.textContent = number.format(status[key]);
    }
    $('figure-bytesRead').textContent = bytes(status.bytesRead);
    $('figure-bytesPublished').textContent = bytes(status.bytesPublished);
  };

  const add = (list, change) => {
    const item = document.createElement('li');
    item.className = 'fresh';
    const parent = change.parent.after;
    item.append(link(change.model), change.kind === 'deleted' ? ' was deleted' : parent ? ' comes from ' : ' is a root');
    if (parent && change.kind !== 'deleted') item.append(link(parent));
    const small = document.createElement('small');
    const sure = Math.min(change.confidence < 1 ? 99 : 100, Math.round(change.confidence * 100)) + ' %';
    small.textContent = (change.relation ? change.relation + ' · ' : '') + sure + ' · #' + (change.partition ? change.partition + '/' : '') + number.format(change.seq);
    item.append(small);
    list.prepend(item);
    while (list.children.length > 8) list.lastElementChild.remove();
  };

  const live = $('live');
  if (live && window.EventSource) {
    let due = 0;
    const refresh = () => {
      clearTimeout(due);
      due = setTimeout(async () => {
        const reply = await fetch('/v1/status').catch(() => null);
        if (reply && reply.ok) show(await reply.json());
      }, 300);
    };
    const source = new EventSource('/v1/changes/stream?after=' + live.dataset.cursor);
    source.onopen = () => { live.className = 'soft on'; live.textContent = 'Live: changes appear here as they happen.'; refresh(); };
    source.onerror = () => { live.className = 'soft'; live.textContent = 'Not connected; trying again.'; };
    let waiting = [];
    source.addEventListener('change', (event) => {
      waiting.push(event.data);
      if (waiting.length > 8) waiting.shift();
      if (waiting.length === 1) requestAnimationFrame(() => {
        $('no-changes')?.remove();
        for (const data of waiting) add($('changes'), JSON.parse(data));
        waiting = [];
      });
      refresh();
    });
    setInterval(refresh, 5000);
  }

  const plate = document.querySelector('.plate');
  const current = plate?.querySelector('circle.current')?.getBoundingClientRect();
  if (current) {
    const frame = plate.getBoundingClientRect();
    plate.scrollTo(current.x - frame.x - Math.min(120, frame.width / 3), current.y - frame.y - frame.height / 2);
  }

  const input = $('q');
  let asked = 0;
  input?.addEventListener('input', () => {
    clearTimeout(asked);
    const text = input.value.trim();
    if (text.length < 2) return;
    asked = setTimeout(async () => {
      const reply = await fetch('/v1/models?limit=8&search=' + encodeURIComponent(text)).catch(() => null);
      if (!reply || !reply.ok || input.value.trim() !== text) return;
      const { models } = await reply.json();
      $('names').replaceChildren(...models.map(({ model }) => Object.assign(document.createElement('option'), { value: model })));
    }, 150);
  });
})();
`;
