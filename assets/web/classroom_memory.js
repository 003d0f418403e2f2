// What this browser remembers of classes: the one that it leads, and in one tab the one that it follows.

export const LED = "glassbox-class"; // {code, secret} of the class that it leads
export const ME = "glassbox-student"; // this tab's: {code, student, name}

/** What is kept under a name in a storage, or null. */
export function stored(place, name) {
  try {
    return JSON.parse(place.getItem(name)) ?? null;
  } catch {
    return null;
  }
}

export const keep = (place, name, value) => place.setItem(name, JSON.stringify(value));
