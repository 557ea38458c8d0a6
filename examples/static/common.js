// What both pages share: two languages, and the option as a switch that reads and writes /ai-label/preference.

const WORDS = {
  en: {
    option: "Label what the AI makes",
    option_failed: "The choice could not be read or saved: ",
    other: "Русский",
    rules: "Rules: ",
    checked: "checked",
    rules_failed: "It could not be read which rules are in force: ",
    rights: "Rights in the results: ",
    terms: "terms",
    ai: "AI made or changed this",
    nothing: "Nothing says who or what made this",
    trouble: "The check failed: ",
    trusted: "signed by somebody who is trusted, and unaltered",
    valid: "signed, and unaltered since",
    unsigned: "not signed",
    invalid: "altered, or no signature that holds",
    visible: "Visible notice",
    metadata: "Metadata",
    c2pa: "Content Credentials",
    development: "by a development certificate",
  },
  ru: {
    option: "Помечать то, что сделал ИИ",
    option_failed: "Не удалось прочесть или сохранить выбор: ",
    other: "English",
    rules: "Правила: ",
    checked: "проверены",
    rules_failed: "Не удалось узнать, какие правила действуют: ",
    rights: "Права на результаты: ",
    terms: "условия",
    ai: "Создано или изменено с помощью ИИ",
    nothing: "Ничто не говорит, кем или чем это создано",
    trouble: "Проверка не удалась: ",
    trusted: "подписано тем, кому доверяют, и не изменено",
    valid: "подписано и с тех пор не изменено",
    unsigned: "не подписано",
    invalid: "изменено, либо подпись неверна",
    visible: "Видимая пометка",
    metadata: "Метаданные",
    c2pa: "Content Credentials",
    development: "сертификатом разработчика",
  },
};

const PREFERENCE = "/ai-label/preference";
const OFFER = "/.well-known/ai-label";
let language = "en";
let offer = null;

/** The words of a key in the page's language; the page adds its own with `speak`. */
export const say = (key) => WORDS[language][key] ?? key;

/** The page's language: what visible notices are asked for in, too. */
export const headers = () => ({ "Accept-Language": language });

/** Set up the page's words, its language button and its switch. */
export function speak(words) {
  for (const tag of Object.keys(words)) Object.assign(WORDS[tag], words[tag]);
  const kept = localStorage.getItem("language");
  translate(kept ?? (navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en"));
  document.querySelector("#language").addEventListener("click", () => {
    translate(language === "en" ? "ru" : "en");
    localStorage.setItem("language", language);
  });
  option(document.querySelector("#option"));
  rules(document.querySelector("#rules"));
}

function translate(tag) {
  language = tag in WORDS ? tag : "en";
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-say-placeholder]")) {
    element.placeholder = say(element.dataset.sayPlaceholder);
  }
  const button = document.querySelector("#language");
  button.textContent = say("other");
  button.lang = language === "en" ? "ru" : "en";
  if (offer) tell(document.querySelector("#rules"));
}

/** Whose rules are in force, and what is said about rights in the results. */
async function rules(place) {
  try {
    const answer = await fetch(OFFER);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    offer = await answer.json();
    tell(place);
  } catch (problem) {
    place.textContent = say("rules_failed") + problem.message;
  }
}

function tell(place) {
  const told = offer.policies.map((policy) => `${country(policy)}, ${say("checked")} ${day(policy.checked)}`);
  const line = element("div", "", say("rules") + told.join("; "));
  line.title = offer.policy;
  place.replaceChildren(line);
  if (!offer.rights) return;
  const { text, url } = offer.rights;
  const words = typeof text === "object" ? text[language] ?? Object.values(text)[0] : text ?? "";
  const notice = element("div", "", say("rights") + words);
  place.append(notice);
  if (!url) return;
  const terms = element("a", "", say("terms"));
  terms.href = url;
  terms.rel = "license";
  notice.append(" ", terms);
}

/** A jurisdiction's name in the page's language: the pack's own is English. */
function country({ jurisdiction, name }) {
  if (language === "en") return name;
  try {
    return new Intl.DisplayNames([language], { type: "region" }).of(jurisdiction) ?? name;
  } catch {
    return name; // a part of a country has no name there
  }
}

const day = (iso) => (language === "ru" ? iso.split("-").reverse().join(".") : iso);

/** The switch. It is off limits until what is stored is known, and its changes are stored one after the other. */
async function option(box) {
  if (!box) return;
  const told = document.querySelector("#option-problem");
  const send = async (init) => {
    const answer = await fetch(PREFERENCE, { headers: { "Content-Type": "application/json" }, ...init });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    const { marks } = await answer.json(); // what is in force now, whoever decided it
    return Object.values(marks).some((names) => names.length > 0);
  };
  let last = send();
  box.addEventListener("change", () => {
    const wanted = box.checked;
    const body = JSON.stringify({ ai_label: wanted ? "on" : "off" });
    last = last.then(() => send({ method: "PUT", body })).then(
      () => (told.textContent = ""),
      (problem) => {
        box.checked = !wanted;
        told.textContent = say("option_failed") + problem.message;
      },
    );
  });
  try {
    box.checked = await last;
    box.disabled = false;
  } catch (problem) {
    told.textContent = say("option_failed") + problem.message;
  }
}

/** An element with a class and text; text is never parsed as HTML. */
export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** An element whose text follows the page's language. */
export function spoken(name, className, key) {
  const made = element(name, className, say(key));
  made.dataset.say = key;
  return made;
}

/** Ask the service what the marks in content say, and show it in `place`. */
export async function check(content, place) {
  place.replaceChildren();
  try {
    const answer = await fetch("/inspect", { method: "POST", body: content });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error ?? answer.statusText);
    const verdict = found.ai_generated ? ["verdict ai", "ai"] : ["verdict", "nothing"];
    place.append(spoken("p", ...verdict), marks(found));
  } catch (problem) {
    place.append(element("p", "error", say("trouble") + problem.message));
  }
}

function marks(found) {
  const list = element("dl", "marks");
  for (const { mark, state, says } of found.marks) {
    const worth = element("dd");
    worth.append(spoken("span", "", state));
    if (says.development) worth.append(", ", spoken("span", "", "development"));
    list.append(spoken("dt", "", mark), worth);
    const who = [says.provider, says.system, says.version].filter(Boolean).join(" · ");
    const time = says.time && new Date(says.time).toLocaleString(language, { dateStyle: "long", timeStyle: "short" });
    for (const line of [says.text, who, time]) if (line) list.append(element("dd", "soft", line));
  }
  return list;
}
