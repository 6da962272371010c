// While a license is being made, ask again: the form is there for who has no script.
const waiting = document.getElementById("check");
if (waiting) setTimeout(() => waiting.requestSubmit(), 2000);
