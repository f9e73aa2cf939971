/* 群众页面, the conversation: sending, polling, showing.
   What #log shows is what GET /api/messages told, in its order; words on their way to the service
   wait below it in #outbox. So nothing is shown twice, and nothing is lost. */
(function () {
  'use strict';

  const { $, store, uuid, call, broken, why, make, button, bubble } = window.Citizen;
  const log = $('log'), box = $('text'), outbox = $('outbox');
  const TITLE = document.title;
  const LOST = '连接中断，正在重试，您的话还在';
  const DELAYS = [1, 2, 4, 8, 15, 30, 30, 30]; // seconds between tries
  const SHAKY = 3; // after so many failed tries a message counts as not sent
  const FAST = 1.5, SLOW = 5, HIDDEN = 30; // seconds between looks for news

  let token = store.get('session') || null;
  let restoring = Boolean(token); // what was said before the page was loaded is not news
  let last = 0; // the number of the last message shown
  let queue = JSON.parse(store.get('outbox') || '[]'), delivered = []; // {id, text, tries}
  let sending = false, follow = false, pending = false, servedBy = 'bot';
  let round = 0, failures = 0, timer = null, opening = null, wake = () => {};

  function tell(text) {
    if ($('status').textContent === text) return;
    $('status').textContent = text;
    measure();
  }
  function nearEnd() {
    const page = document.documentElement;
    return page.scrollHeight - innerHeight - window.pageYOffset < 160;
  }
  const keepQueue = () => store.set('outbox', queue.length ? JSON.stringify(queue) : '');
  const pause = seconds => new Promise(done => {
    wake = done;
    setTimeout(done, seconds * 1000);
  });

  // --- showing

  function retireChoices() { // only the newest message may be answered by a tap
    if (document.activeElement && document.activeElement.closest('#log .choices')) {
      log.focus({ preventScroll: true });
    }
    log.querySelectorAll('.choices [data-say]').forEach(one => { one.disabled = true; });
  }

  /** Append what is new, in order, and bring it into view unless the reader is elsewhere. */
  function show(messages) {
    const fresh = messages.filter(message => message.seq > last);
    const near = follow || nearEnd();
    if (restoring) { // what was heard before is not read out again
      log.setAttribute('aria-live', 'off');
      setTimeout(() => log.setAttribute('aria-live', 'polite'), 1000);
    }
    const nodes = fresh.map(message => {
      retireChoices();
      const node = bubble(message);
      log.append(node);
      last = message.seq;
      return node;
    });
    if (!fresh.length || last === 1) return; // the greeting stays where the page begins
    $('fresh').parentNode.hidden = false;
    if (restoring) {
      window.scrollTo(0, document.documentElement.scrollHeight);
      return;
    }
    const long = fresh[0].from === 'citizen' && nodes.length > 1 && nodes[0].offsetHeight > innerHeight / 4;
    if (near) nodes[long ? 1 : 0].scrollIntoView();
    else $('newer').hidden = false;
    follow = false;
    if (fresh.some(message => message.from === 'lawyer')) flash();
  }

  let flashing = null;
  function flash() { // in the title, until the page was seen
    clearInterval(flashing);
    let turns = 0;
    const turn = () => {
      document.title = turns % 2 ? TITLE : '【律师已答复】' + TITLE;
      if (turns > 6 && turns % 2 && !document.hidden) clearInterval(flashing);
      turns += 1;
    };
    turn();
    flashing = setInterval(turn, 1000);
  }

  function drawQueue() {
    const near = nearEnd();
    outbox.textContent = '';
    delivered.concat(queue).forEach(item => {
      const failed = !item.done && item.tries > SHAKY;
      const text = item.done ? '已送达' : failed ? '没发出去，您的话还在。' : '发送中…';
      const state = make('p', failed ? 'state failed' : 'state', text);
      if (failed) state.append(button('重试', 'link', () => { wake(); flush(); }));
      const who = make('p', 'who', make('b', '', '您'));
      outbox.append(make('div', 'message citizen', [who, make('p', '', item.text), state]));
    });
    if (near && queue.length) outbox.lastChild.scrollIntoView({ block: 'nearest' });
    $('thinking').hidden = !(pending || (sending && queue.length && !queue[0].tries));
  }

  // --- the session

  /** Begin a session, one at a time; the failed answer where that did not work, else null. */
  function begin() {
    opening = opening || call('POST', '/api/sessions').then(answer => {
      opening = null;
      if (answer.status !== 201) return answer;
      token = answer.data.session;
      store.set('session', token);
      show(answer.data.messages);
      return null;
    });
    return opening;
  }

  function ended() { // the service no longer knows our session
    token = null;
    last = 0;
    restoring = false;
    store.set('session', '');
    const text = '之前的会话已经结束，现在为您开始新的会话。没发出去的话会接着发。';
    log.append(make('div', 'message system', make('p', '', text)));
  }

  // --- sending

  function say(text) {
    retireChoices();
    $('problem').textContent = '';
    queue.push({ id: uuid(), text, tries: 0 });
    keepQueue();
    follow = true;
    flush();
    drawQueue();
    outbox.lastChild.scrollIntoView({ block: 'nearest' });
  }

  function giveBack(item, reason) { // refused: the words return to the box
    box.value = [item.text, box.value].filter(Boolean).join('\n');
    store.set('draft', box.value);
    fit();
    $('problem').textContent = reason;
  }

  /** Send what waits, in order; the same words always go under the same id. */
  async function flush() {
    if (sending || !queue.length) return;
    sending = true;
    round += 1;
    clearTimeout(timer);
    queue[0].tries = Math.min(queue[0].tries, SHAKY + 1);
    while (queue.length) {
      const item = queue[0];
      drawQueue();
      const refusal = token ? null : await begin();
      const body = { text: item.text, client_message_id: item.id, session: token };
      const answer = refusal || await call('POST', '/api/messages', body);
      if (answer.status === 200) {
        item.done = true;
        delivered.push(queue.shift());
        pending = answer.data.pending;
        tell('');
      } else if (broken(answer) || (answer.status === 404 && item.moved)) {
        tell(LOST);
        if (item.tries === DELAYS.length) break;
        item.tries += 1;
        drawQueue();
        await pause(DELAYS[item.tries - 1]);
      } else if (answer.status === 404) {
        item.moved = true;
        ended();
      } else {
        giveBack(queue.shift(), why(answer));
      }
      keepQueue();
    }
    sending = false;
    drawQueue();
    poll();
  }

  // --- polling

  async function poll() {
    clearTimeout(timer);
    if (sending) return;
    round += 1;
    const mine = round;
    const path = '/api/messages?session=' + encodeURIComponent(token) + '&after=' + last;
    const known = token !== null;
    const answer = known ? await call('GET', path) : await begin();
    if (mine !== round) return; // something was sent meanwhile, or looked for: that one tells it
    if (known && answer.status === 404) {
      ended();
      poll();
      return;
    }
    failures = !answer || answer.status === 200 ? 0 : failures + 1;
    if (answer && !failures) {
      delivered = [];
      pending = answer.data.pending;
      servedBy = answer.data.served_by;
      drawQueue();
      show(answer.data.messages);
      restoring = false;
    }
    if (!failures && queue.length) {
      flush();
      return;
    }
    const serving = servedBy === 'lawyer' ? '律师正在为您服务，您说的话律师都能看到' : '';
    tell(!failures ? serving : broken(answer) ? LOST : why(answer));
    const usual = document.hidden ? HIDDEN : pending || servedBy === 'lawyer' ? FAST : SLOW;
    timer = setTimeout(poll, 1000 * (failures ? DELAYS[Math.min(failures, DELAYS.length) - 1] : usual));
  }

  function look() { // the page is seen again, or the network is back
    wake();
    if (queue.length) flush();
    else poll();
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
  window.addEventListener('online', look);
  window.addEventListener('pageshow', event => { if (event.persisted) look(); });

  // --- the box and the buttons

  function fit() {
    box.style.height = 'auto';
    box.style.height = Math.min(box.scrollHeight + 2, innerHeight * 0.35) + 'px';
  }

  function submit() {
    const text = box.value;
    if (!text.trim()) {
      $('problem').textContent = '请先写下您的问题';
      return;
    }
    box.value = '';
    store.set('draft', '');
    fit();
    say(text);
  }
  box.addEventListener('input', () => { store.set('draft', box.value); fit(); });
  box.addEventListener('keydown', event => {
    const composing = event.isComposing || event.keyCode === 229; // the Enter of an input method
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    submit();
  });
  $('composer').addEventListener('submit', event => { event.preventDefault(); submit(); });
  $('person').addEventListener('click', () => say('转人工'));
  log.addEventListener('click', event => {
    const choice = event.target.closest('[data-say]');
    if (choice) say(choice.dataset.say);
  });

  $('newer').addEventListener('click', () => log.lastChild.scrollIntoView());
  window.addEventListener('scroll', () => {
    const end = log.lastChild;
    if (end && end.getBoundingClientRect().top < innerHeight) $('newer').hidden = true;
  }, { passive: true });

  $('fresh').addEventListener('click', () => {
    if (!confirm('清除后这台设备上看不到这次对话；已登记的工单，凭编号和电话后四位仍可查。确定吗？')) return;
    ['session', 'draft', 'outbox', 'code'].forEach(key => store.set(key, ''));
    location.reload();
  });

  function measure() { // what sticks above and below must not cover what has the focus
    const style = document.documentElement.style;
    const bar = $('bar').offsetHeight;
    const large = document.documentElement.classList.contains('large'); // then the bar scrolls away
    style.setProperty('--bar', bar + 'px');
    style.setProperty('--above', $('top').offsetHeight - (large ? bar : 0) + 'px');
    style.setProperty('--below', $('bottom').offsetHeight + 'px');
  }
  window.addEventListener('resize', measure);
  $('size').addEventListener('click', () => {
    const large = document.documentElement.classList.toggle('large');
    $('size').setAttribute('aria-pressed', String(large));
    document.cookie = 'large=' + (large ? 1 : 0) + '; path=/; max-age=31536000; samesite=lax';
    fit();
    measure();
  });

  window.Citizen.talk = { begin, ended, token: () => token, news() { follow = true; look(); } };
  box.value = store.get('draft') || '';
  fit();
  measure();
  drawQueue();
  if (queue.length) flush();
  else poll();
}());
