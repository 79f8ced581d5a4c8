/** The bell: patterns of tones made on the spot, one for each priority. No sound files. */
const KEY = "canh-muted";
const REPEAT_MS = 2600;

/** [frequency, start s, length s, loudness] */
const PATTERNS = {
  1: [[880, 0, 0.16, 0.5], [660, 0.2, 0.16, 0.5], [880, 0.4, 0.16, 0.5], [660, 0.6, 0.16, 0.5], [988, 0.8, 0.3, 0.5]],
  2: [[740, 0, 0.18, 0.32], [740, 0.26, 0.18, 0.32], [740, 1.1, 0.18, 0.32], [740, 1.36, 0.18, 0.32]],
  3: [[523, 0, 0.28, 0.16]],
};

export class Bell {
  /** @param {() => void} onChange called when it is muted, unmuted, or allowed to sound */
  constructor(onChange) {
    this.onChange = onChange;
    this.isUrgent = false;
    this.context = null;
  }

  get isMuted() {
    return localStorage.getItem(KEY) === "1";
  }

  set isMuted(value) {
    localStorage.setItem(KEY, value ? "1" : "0");
    this.loop(this.isUrgent);
    this.onChange();
  }

  /** Browsers stay silent until the person has touched the page once. */
  get isAsleep() {
    return this.context === null || this.context.state === "suspended";
  }

  async wake() {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") await this.context.resume();
    this.loop(this.isUrgent);
    this.onChange();
  }

  /** Try without a touch: works where the browser was told to trust this page. */
  try() {
    try {
      this.context ??= new AudioContext();
      this.context.addEventListener("statechange", () => this.onChange());
    } catch {
      this.context = null; // no sound device
    }
    this.onChange();
  }

  ring(priority) {
    if (this.isMuted || this.isAsleep) return;
    for (const [frequency, start, length, loudness] of PATTERNS[priority] ?? []) {
      this.tone(frequency, this.context.currentTime + start, length, loudness);
    }
  }

  tone(frequency, at, length, loudness) {
    const oscillator = this.context.createOscillator();
    const gain = this.context.createGain();
    oscillator.type = loudness > 0.4 ? "triangle" : "sine";
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness, at + 0.015);
    gain.gain.setValueAtTime(loudness, at + length - 0.04);
    gain.gain.linearRampToValueAtTime(0, at + length);
    oscillator.connect(gain).connect(this.context.destination);
    oscillator.start(at);
    oscillator.stop(at + length);
  }

  /** Urgent alarms ring until somebody has acknowledged them. */
  loop(isUrgent) {
    this.isUrgent = isUrgent;
    const wanted = isUrgent && !this.isMuted && !this.isAsleep;
    if (wanted && !this.timer) {
      this.ring(1);
      this.timer = setInterval(() => this.ring(1), REPEAT_MS);
    } else if (!wanted) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }
}
