/* 群众页面, parts: storage, requests, messages. ES2017, no library. */
window.Citizen = (function () {
  'use strict';

  const SPEAKERS = { citizen: '您', bot: '助手', lawyer: '律师', system: '系统' };
  const HOTLINE = /(12348|12338|12355|12356|12345|拨打(?:110|119|120|122))/;
  const PATIENCE = 30000;

  const $ = id => document.getElementById(id);

  const memory = {};
  const store = { // or memory where the browser forbids it
    get(key) {
      try { return localStorage.getItem('hotline.' + key); } catch (e) { return memory[key] || null; }
    },
    set(key, value) {
      memory[key] = value;
      try {
        if (value) localStorage.setItem('hotline.' + key, value);
        else localStorage.removeItem('hotline.' + key);
      } catch (e) { /* kept in memory */ }
    }
  };

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, n => (n + 256).toString(16).slice(1)).join('');
  }

  /** {status, data}; status 0 where the service gave no answer. */
  async function call(method, path, body) {
    const abort = window.AbortController ? new AbortController() : null;
    const timer = setTimeout(() => abort && abort.abort(), PATIENCE);
    try {
      const answer = await fetch(path, {
        method,
        cache: 'no-store',
        signal: abort && abort.signal,
        headers: body ? { 'Content-Type': 'application/json' } : {},
        body: body && JSON.stringify(body)
      });
      const data = await answer.json().catch(() => null);
      // Not JSON: something between us and the service answered.
      return { status: data ? answer.status : 0, data };
    } catch (e) {
      return { status: 0, data: null };
    } finally {
      clearTimeout(timer);
    }
  }
  const broken = answer => answer.status === 0 || answer.status >= 500;
  const why = answer => (answer.data && answer.data.error && answer.data.error.message) || '没有办成，请稍后再试';

  /** An element; text stays text and never becomes markup. */
  function make(tag, name, content) {
    const node = document.createElement(tag);
    if (name) node.className = name;
    [].concat(content === undefined ? [] : content).forEach(part => node.append(part));
    return node;
  }

  function button(label, name, act) {
    const node = make('button', name, label);
    node.type = 'button';
    if (act) node.addEventListener('click', act);
    return node;
  }

  const linked = (href, name, text) => Object.assign(make('a', name, text), { href });

  function words(text) { // numbers to call become links
    return text.split(HOTLINE).map((part, at) =>
      at % 2 ? linked('tel:' + part.replace(/\D/g, ''), '', part) : part);
  }

  /** The paragraphs of a text; 【结论】 at the start of a line is a heading. */
  function paragraphs(text) {
    const made = [];
    let lines = [];
    const close = () => {
      const whole = lines.join('\n').trim();
      if (whole) made.push(make('p', whole.startsWith('以上为参考性意见') ? 'note' : '', words(whole)));
      lines = [];
    };
    text.split('\n').forEach(line => {
      const heading = /^【([^】]{1,12})】(.*)$/.exec(line);
      if (heading || !line.trim()) close();
      if (heading) made.push(make('h2', 'section', heading[1]));
      lines.push(heading ? heading[2] : line);
    });
    close();
    return made;
  }

  function listed(title, list, row) {
    return list.length ? [make('div', 'laws', [
      make('h2', 'section', title), make('ul', '', list.map(item => make('li', '', row(item))))
    ])] : [];
  }

  function cited(item) {
    const name = '《' + item.law + '》' + item.article;
    const about = new URLSearchParams({ law: item.law, number: item.article });
    return item.article ? linked('/articles?' + about, 'law', name) : name;
  }

  const attached = item => [linked(item.url, '', item.name), ' ' + Math.ceil(item.size / 1024) + ' KB'];

  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (e) { // an old browser
      const area = make('textarea', 'aside');
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand('copy');
      area.remove();
      return done;
    }
  }

  /** A case code, large, with a button that copies it. */
  function codeBox(code) {
    const told = make('span', 'note');
    told.setAttribute('role', 'status');
    const copy = button('复制编号', '', async () => {
      told.textContent = await copyText(code) ? '已复制' : '没能复制，请抄下编号';
    });
    return make('div', 'code', [make('span', 'note', '工单编号'), make('strong', '', code), copy, told]);
  }

  const shownCodes = new Set();
  function orderCode(code) { // large where it is new, a line where it is known
    if (shownCodes.has(code)) return make('p', 'note', '工单编号：' + code);
    shownCodes.add(code);
    store.set('code', code);
    return codeBox(code);
  }

  function choices(all, title) { // near questions have a title
    const list = all.filter(item => !item.near === !title);
    const group = make('div', 'choices', list.map(item => {
      const one = button(item.title, '');
      // Without the dialogue this button must still lead to the form.
      if (item.title === '填写工单') one.dataset.open = 'order';
      else one.dataset.say = item.payload;
      return one;
    }));
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', title || '可以点选');
    return list.length ? [title ? make('p', 'note', title) : '', group] : [];
  }

  function moment(at) { // 2026-11-21 15:04, Beijing time; today's are shown without the date
    const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
    return at.startsWith(today) ? at.slice(11) : at.slice(5);
  }

  function bubble(message) {
    const who = [make('b', '', SPEAKERS[message.from]), ' ' + moment(message.at)];
    const parts = [make('p', 'who', who), ...paragraphs(message.text)];
    if (message.work_order) parts.push(orderCode(message.work_order.code));
    parts.push(
      ...listed('附件', message.attachments, attached),
      ...listed('法律依据', message.citations, cited),
      ...listed('相关法条（仅供查阅）', message.related, cited));
    if (message.from === 'citizen') parts.push(make('p', 'state', '已送达'));
    parts.push(...choices(message.choices), ...choices(message.choices, '相近的问题'));
    return make('div', 'message ' + message.from, parts);
  }

  return { $, store, uuid, call, broken, why, make, button, paragraphs, codeBox, bubble };
}());
