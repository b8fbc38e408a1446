// The sum of the modes' shares follows what is typed. Without this file it is counted when the form is sent.
"use strict";

const fields = ["blind", "reveal", "assist", "challenge"].map((mode) => document.getElementById(`id_${mode}_share`));

function showSum() {
  const place = document.querySelector("[data-sums]");
  if (!place || fields.some((field) => !field)) return;
  const sum = fields.reduce((total, field) => total + (field.valueAsNumber || 0), 0);
  const shown = Number(sum.toFixed(4));
  const words = shown === Number(place.dataset.wanted) ? "" : ` · ${place.dataset.words}`;
  place.textContent = `${shown} %${words}`;
}

for (const field of fields) field?.addEventListener("input", showSum);
