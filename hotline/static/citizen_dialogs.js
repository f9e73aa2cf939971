/* 群众页面, dialogs: read an article, look a work order up, fill one in without the dialogue. */
(function () {
  'use strict';

  const { $, store, uuid, call, broken, why, make, button, paragraphs, codeBox, talk } = window.Citizen;
  const STANDING = {
    in_force: '现行有效',
    not_yet_in_force: '尚未施行',
    repealed: '已废止',
    amended: '已修改，这里是旧文'
  };

  function open(dialog) {
    if (dialog.showModal) dialog.showModal();
    else dialog.setAttribute('open', ''); // old WeChat
  }
  function shut(dialog) {
    if (dialog.close) dialog.close();
    else dialog.removeAttribute('open');
  }
  document.querySelectorAll('dialog').forEach(dialog => {
    dialog.querySelector('[data-close]').addEventListener('click', () => shut(dialog));
    dialog.addEventListener('keydown', event => { if (event.key === 'Escape' && !dialog.close) shut(dialog); });
  });

  // --- an article

  async function readArticle(name, href) {
    $('article-title').textContent = name;
    $('article-standing').textContent = '';
    $('article-text').textContent = '正在取条文…';
    $('article-page').href = href;
    if (!$('article').open) open($('article'));
    const answer = await call('GET', href.replace(/^.*?\/articles/, '/v1/articles'));
    if ($('article-page').href !== href) return;
    if (answer.status !== 200) {
      $('article-text').textContent = broken(answer) ? '连接中断，暂时取不到条文，请稍后再点一次。' : why(answer);
      return;
    }
    const article = answer.data;
    const since = article.effective_on ? ' · ' + article.effective_on + ' 起施行' : '';
    $('article-title').textContent = '《' + article.law + '》' + article.number;
    $('article-standing').className = 'standing ' + article.status;
    $('article-standing').textContent = STANDING[article.status] + since;
    $('article-text').textContent = article.text;
  }
  document.addEventListener('click', event => {
    const law = event.target.closest('a.law');
    if (!law || event.ctrlKey || event.metaKey || !$('article').showModal) return;
    event.preventDefault();
    readArticle(law.textContent, law.href);
  });

  // --- forms

  /** Show errors by their fields ('' is the form itself) and go to the first; whether any. */
  function complain(form, errors) {
    form.querySelectorAll('[data-error]').forEach(place => {
      const name = place.dataset.error;
      place.textContent = errors[name] || '';
      if (name) form.elements[name].setAttribute('aria-invalid', String(Boolean(errors[name])));
    });
    const wrong = Object.keys(errors).find(Boolean);
    if (wrong) form.elements[wrong].focus();
    return Object.keys(errors).length > 0;
  }

  /** Show why the service refused: by the field that it names, else above the form. */
  function refused(form, answer) {
    const field = answer.data && answer.data.error && answer.data.error.field;
    const message = broken(answer) ? '连接中断，没有办成，您填的内容还在，请再点一次。' : why(answer);
    complain(form, { [field in form.elements ? field : '']: message });
  }

  /** Run the work of a form's submission, once at a time. */
  function onSubmit(form, work) {
    const go = form.querySelector('[type=submit]');
    form.addEventListener('submit', async event => {
      event.preventDefault();
      if (go.getAttribute('aria-disabled') === 'true') return;
      go.setAttribute('aria-disabled', 'true');
      try { await work(); } finally { go.removeAttribute('aria-disabled'); }
    });
  }

  // --- look a work order up

  const lookup = $('lookup-form');
  $('find').addEventListener('click', () => {
    $('code').value = $('code').value || store.get('code') || '';
    $('progress').textContent = '';
    complain(lookup, {});
    open($('lookup'));
  });
  onSubmit(lookup, async () => {
    const sent = { code: $('code').value.trim(), phone_tail: $('phone_tail').value.trim() };
    const errors = {};
    $('progress').textContent = '';
    if (!sent.code) errors.code = '请填工单编号';
    if (!/^\d{4}$/.test(sent.phone_tail)) errors.phone_tail = '请填登记电话的最后四位数字';
    if (complain(lookup, errors)) return;
    const answer = await call('POST', '/api/work-orders/lookup', sent);
    if (answer.status !== 200) {
      refused(lookup, answer);
      return;
    }
    const found = answer.data;
    const facts = make('dl');
    [['编号', found.code], ['状态', found.state_label], ['类别', found.category],
      ['登记', found.created_at], ['最迟答复', found.due_at]].forEach(([label, value]) => {
      facts.append(make('dt', '', label), make('dd', '', value));
    });
    const said = found.answers.map(text => make('div', 'message lawyer',
      [make('p', 'who', make('b', '', '律师答复'))].concat(paragraphs(text))));
    $('progress').append(facts, ...said);
    $('progress').scrollIntoView({ block: 'nearest' });
  });

  // --- WeChat
  if ($('join')) $('join').addEventListener('click', async () => {
    open($('link'));
    if (!talk.token()) await talk.begin();
    const answer = await call('POST', '/api/link-codes', { session: talk.token() || '' });
    $('link-code').textContent = answer.status === 201 ? answer.data.code : why(answer);
  });

  // --- fill one in

  const order = $('order-form');
  const FIELDS = ['category', 'county', 'description', 'name', 'phone'];
  let requestId = null; // one for each form, kept until it surely became an order

  function openOrder() {
    requestId = requestId || uuid();
    order.hidden = false;
    $('made').hidden = true;
    $('order-title').textContent = '填写工单';
    const description = order.elements.description;
    if (!description.value) { // what was asked last is most often what it is about
      const asked = document.querySelectorAll('#log .citizen > p:not([class])');
      const told = Array.from(asked, p => p.textContent).filter(text => /[\u3400-\u9fff]{6}/.test(text));
      description.value = told.pop() || '';
    }
    complain(order, {});
    open($('order'));
  }
  document.addEventListener('click', event => {
    if (event.target.closest('#fill, [data-open=order]')) openOrder();
  });

  async function register(filled) {
    for (let again = 0; ; again += 1) {
      const failed = talk.token() ? null : await talk.begin();
      if (failed) return failed;
      const answer = await call('POST', '/api/work-orders', Object.assign({ session: talk.token() }, filled));
      if (answer.status !== 404 || again) return answer;
      talk.ended();
    }
  }

  onSubmit(order, async () => {
    const filled = { request_id: requestId }, errors = {};
    FIELDS.forEach(name => { filled[name] = order.elements[name].value.trim() || null; });
    if (!filled.category) errors.category = '请选择问题类别';
    if (!filled.description || filled.description.length < 5) errors.description = '请写明事情经过，至少5个字';
    if (!filled.phone) errors.phone = '请填11位手机号，或带区号的座机号';
    if (complain(order, errors)) return;
    const answer = await register(filled);
    if (answer.status !== 200 && answer.status !== 201) {
      refused(order, answer);
      return;
    }
    const { code, reply } = answer.data;
    const back = button('回到对话', 'primary', () => shut($('order')));
    requestId = null;
    order.reset();
    order.hidden = true;
    store.set('code', code);
    $('made').textContent = '';
    $('made').append(codeBox(code), ...paragraphs(reply.text), make('p', 'ends', back));
    $('made').hidden = false;
    $('order-title').textContent = '登记好了';
    $('order-title').focus();
    talk.news();
  });
}());
