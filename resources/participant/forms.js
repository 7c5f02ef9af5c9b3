// What a participant filled in on a page, as data.
// Owns the reading of form fields. Must not send, check or draw anything.

/**
 * `{name: value}` of every named field under `form`; fields without a name go by their id, without either they are left out.
 * number and range: a number or null; one checkbox: true or false; several of one name: a list of the values ticked;
 * radio: the value or null; select multiple: a list; everything else: text. `pressed` is the button that sent the form.
 */
export function collect(form, pressed = null) {
  const data = {};
  for (const field of form.elements) {
    const name = field.name || field.id;
    if (!name || field.disabled || field.tagName === 'FIELDSET' || field.tagName === 'OUTPUT') continue;
    const value = valueOf(field, form, name, pressed);
    if (value !== undefined) Object.defineProperty(data, name, { value, enumerable: true, configurable: true });
  }
  return data;
}

function valueOf(field, form, name, pressed) {
  if (field.tagName === 'BUTTON') return field === pressed ? field.value || true : undefined;
  switch (field.type) {
    case 'submit': case 'button': case 'reset': case 'image': return field === pressed ? field.value : undefined;
    case 'file': return undefined;
    case 'number': case 'range': return Number.isFinite(field.valueAsNumber) ? field.valueAsNumber : null;
    case 'radio': return ofOneName(form, name).find((f) => f.checked)?.value ?? null;
    case 'checkbox': return ticked(ofOneName(form, name));
    case 'select-multiple': return [...field.selectedOptions].map((option) => option.value);
    default: return field.value;
  }
}

function ofOneName(form, name) {
  return [...form.elements].filter((field) => (field.name || field.id) === name);
}

function ticked(boxes) {
  return boxes.length === 1 ? boxes[0].checked : boxes.filter((box) => box.checked).map((box) => box.value);
}
