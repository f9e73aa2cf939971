// The staff pages work without this file. With it: drafts survive, errors show in place, the
// article of a citation opens in a dialog, and the page says when it has lost the server.
"use strict";

(() => {
  const staff = document.body.dataset.staff || "";
  const title = document.title;
  const banner = document.getElementById("connection");

  // Drafts live in this tab only, under the name of whoever typed them.
  const key = (form) => `draft:${staff}:${form.dataset.draft}`;
  const store = {
    get: (name) => { try { return sessionStorage.getItem(name); } catch { return null; } },
    set: (name, text) => { try { sessionStorage.setItem(name, text); } catch { /* not allowed */ } },
    drop: (name) => { try { sessionStorage.removeItem(name); } catch { /* not allowed */ } },
    clear: () => { try { sessionStorage.clear(); } catch { /* not allowed */ } },
  };

  function fields(form) {
    return [...form.querySelectorAll("textarea[name], input:not([type])[name], input[name=entry_id]")];
  }

  function keepDraft(event) {
    const form = event.target.closest && event.target.closest("form[data-draft]");
    if (!form) return;
    const typed = Object.fromEntries(fields(form).map((field) => [field.name, field.value]));
    store.set(key(form), JSON.stringify(typed));
  }

  function restoreDrafts() {
    for (const form of document.querySelectorAll("form[data-draft]")) {
      if (document.querySelector("[data-sent]")) { store.drop(key(form)); continue; }
      const kept = store.get(key(form));
      if (!kept || "fresh" in form.dataset) continue;
      const typed = JSON.parse(kept);
      const empty = fields(form).every((field) => field.value === field.defaultValue);
      if (!empty || fields(form).some((field) => field.tagName === "TEXTAREA" && field.value)) continue;
      let changed = false;
      for (const field of fields(form)) {
        if (typed[field.name] && typed[field.name] !== field.value) {
          field.value = typed[field.name];
          changed = true;
        }
      }
      const note = form.querySelector("[data-restored]");
      if (changed && note) note.hidden = false;
    }
  }

  function say(text) {
    if (banner && banner.textContent !== text) banner.textContent = text;
  }

  function messageOf(xhr) {
    try { return JSON.parse(xhr.responseText).error.message; } catch { return "没有成功，请再试一次"; }
  }

  function showError(element, text) {
    const scope = element.closest("[data-form]");
    const place = (scope && scope.querySelector("[data-error]")) || document.querySelector("[data-error]");
    if (!place) { say(text); return; }
    place.hidden = false;
    place.textContent = text;
    place.scrollIntoView({ block: "center" });
  }

  function isPolling(element) {
    return element.classList.contains("live");
  }

  document.body.addEventListener("htmx:responseError", (event) => {
    const { xhr, elt } = event.detail;
    if (!isPolling(elt)) { showError(elt, messageOf(xhr)); return; }
    if (xhr.status >= 500) say("服务器暂时没有响应，正在重试；您写的内容还在。");
    else say(`${messageOf(xhr)}。页面已停止更新，您写的内容还在。`);
  });
  document.body.addEventListener("htmx:sendError", (event) => {
    say("连接中断，正在重试；您写的内容还在。");
    if (!isPolling(event.detail.elt)) showError(event.detail.elt, "连接中断，没有发出。请稍后再点一次，同一份答复不会重复发出。");
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && isPolling(event.detail.elt)) say("");
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const scope = event.detail.elt.closest("[data-form]");
    const place = scope && scope.querySelector("[data-error]");
    if (place) place.hidden = true;
  });

  // Adopting a suggestion replaces what stands in the answer box: ask first.
  document.body.addEventListener("htmx:confirm", (event) => {
    if (!("replaces" in event.detail.elt.dataset)) return;
    const box = document.querySelector("#answer-form textarea");
    if (box && box.value.trim() && !window.confirm("答复框里已有内容，采用后会被替换。继续吗？")) event.preventDefault();
  });

  function atEnd(box) {
    return box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  }

  let follow = true;
  document.body.addEventListener("htmx:beforeSwap", () => {
    const box = document.querySelector("[data-thread]");
    follow = Boolean(box) && atEnd(box);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const box = document.querySelector("[data-thread]");
    if (box && follow) box.scrollTop = box.scrollHeight;
    if (event.detail.target.id === "article") {
      const dialog = document.getElementById("article-dialog");
      if (!dialog.open) dialog.showModal();
    }
    showCount();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "answer-form") return;
    const form = document.getElementById("answer-form");
    form.scrollIntoView({ block: "start" });
    form.querySelector("textarea").focus({ preventScroll: true });
    store.drop(key(form));
  });

  // The tab's title tells of waiting orders while the page is in the background.
  function showCount() {
    const summary = document.querySelector("[data-count]");
    if (!summary) return;
    const count = Number(summary.dataset.count);
    const urgent = Number(summary.dataset.urgent);
    document.title = urgent ? `（紧急${urgent}）${title}` : count ? `（${count}）${title}` : title;
  }

  document.addEventListener("input", keepDraft);
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("data-logout")) store.clear();
  });
  restoreDrafts();
  showCount();
  const box = document.querySelector("[data-thread]");
  if (box) box.scrollTop = box.scrollHeight;
})();
